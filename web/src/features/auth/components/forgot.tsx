import { useMutation } from '@tanstack/react-query'
import { Link } from 'react-router'
import { Button } from '@/components/button'
import { Banner, ErrorNote } from '@/components/feedback'
import { TextField } from '@/components/field'
import { askForReset } from '../api/auth'
import { Frame } from './frame'

export default function Forgot() {
  const { mutate, isPending, data, error } = useMutation({ mutationFn: askForReset })
  return (
    <Frame title="Forgotten password">
      {data ? (
        <div className="mt-6">
          {data.mail ? (
            <Banner tone="mark">
              If an account has this address, a message with a link is on its way. It works once, for 30 minutes.
            </Banner>
          ) : (
            <Banner tone="warn">This installation sends no e-mail. Ask whoever runs it for a new password.</Banner>
          )}
        </div>
      ) : (
        <form
          className="mt-7 grid gap-5"
          onSubmit={(event) => {
            event.preventDefault()
            mutate(new FormData(event.currentTarget).get('email') as string)
          }}
        >
          {error && <ErrorNote error={error} />}
          <TextField label="E-mail address" name="email" type="email" autoComplete="username" required />
          <Button type="submit" look="primary" disabled={isPending}>
            Send me a link
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
