import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Button } from '@/components/button'
import { ErrorNote } from '@/components/feedback'
import { TextField } from '@/components/field'
import type { Schemas } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'

/** E-mail address and password, for signing in and for registering. */
export function CredentialsForm({
  submit,
  label,
  newPassword = false,
  children,
}: {
  submit: (credentials: Schemas['Credentials']) => Promise<void>
  label: string
  newPassword?: boolean
  children?: ReactNode
}) {
  const { mutate, isPending, error } = useMutation({ mutationFn: submit })
  const problem = error instanceof Problem ? error : null
  const emailError = problem?.field('email')
  const passwordError = problem?.field('password')
  return (
    <form
      className="mt-7 grid gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        mutate({ email: form.get('email') as string, password: form.get('password') as string })
      }}
    >
      {error && !emailError && !passwordError && <ErrorNote error={error} />}
      <TextField label="E-mail address" name="email" type="email" autoComplete="username" required error={emailError} />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete={newPassword ? 'new-password' : 'current-password'}
        required
        minLength={newPassword ? 8 : undefined}
        hint={newPassword ? 'At least 8 characters. A few random words are easy to keep in mind.' : undefined}
        error={passwordError}
      />
      <Button type="submit" look="primary" disabled={isPending}>
        {isPending ? 'One moment…' : label}
      </Button>
      {children}
    </form>
  )
}
