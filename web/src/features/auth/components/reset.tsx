import { useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Link } from 'react-router'
import { Button, LinkButton } from '@/components/button'
import { Banner, ErrorNote } from '@/components/feedback'
import { TextField } from '@/components/field'
import { Problem } from '@/lib/api/problem'
import { resetPassword } from '../api/auth'
import { Frame } from './frame'

/** The end of the link in the message: a new password for the token that stands behind `#`, which no server sees. */
export default function Reset() {
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get('token'))
  const { mutate, isPending, isSuccess, error } = useMutation({ mutationFn: resetPassword })
  useEffect(() => {
    // Nobody who looks over the shoulder, or at the history, shall find it.
    history.replaceState(history.state, '', location.pathname)
  }, [])
  const problem = error instanceof Problem ? error : null
  const isStale = !token || problem?.field('token') !== undefined
  return (
    <Frame title="A new password">
      {isSuccess ? (
        <div className="mt-6 grid gap-6">
          <Banner tone="mark">Your password is changed, and every device is signed out.</Banner>
          <LinkButton look="primary" to="/sign-in">
            Sign in
          </LinkButton>
        </div>
      ) : isStale ? (
        <div className="mt-6 grid gap-6">
          <Banner tone="warn">
            {token ? 'This link is used up or older than 30 minutes.' : 'This link isn’t whole. Open it from the message again.'}
          </Banner>
          <LinkButton look="primary" to="/forgot">
            Send me another link
          </LinkButton>
        </div>
      ) : (
        <form
          className="mt-7 grid gap-5"
          onSubmit={(event) => {
            event.preventDefault()
            mutate({ token, password: new FormData(event.currentTarget).get('password') as string })
          }}
        >
          {error && !problem?.field('password') && <ErrorNote error={error} />}
          <TextField
            label="New password"
            name="password"
            type="password"
            autoComplete="new-password"
            required
            minLength={8}
            hint="At least 8 characters. A few random words are easy to keep in mind."
            error={problem?.field('password')}
          />
          <Button type="submit" look="primary" disabled={isPending}>
            {isPending ? 'One moment…' : 'Set the password'}
          </Button>
        </form>
      )}
      <p className="mt-6 text-note">
        <Link to="/sign-in" className="font-medium underline underline-offset-3">
          Back to signing in
        </Link>
      </p>
    </Frame>
  )
}
