import { useQueryClient } from '@tanstack/react-query'
import { Link, Navigate, useSearchParams } from 'react-router'
import { Banner } from '@/components/feedback'
import { useSession } from '@/lib/api/session'
import { signIn } from '../api/auth'
import { CredentialsForm } from './credentials-form'
import { Frame } from './frame'

/** Only a path of our own, so that a link can't send anyone elsewhere after signing in. */
export function safePath(next: string | null): string {
  return next?.startsWith('/') && !/^\/[/\\]/.test(next) ? next : '/'
}

export default function SignIn() {
  const client = useQueryClient()
  const now = useSession()
  const [search] = useSearchParams()
  if (now.status === 'signed-in') return <Navigate to={safePath(search.get('next'))} replace />
  return (
    <Frame title="Sign in">
      {now.status === 'signed-out' && now.expired && (
        <div className="mt-5">
          <Banner tone="mark">Your session has ended. Sign in and go on where you were: what you wrote is kept.</Banner>
        </div>
      )}
      <CredentialsForm label="Sign in" submit={(credentials) => signIn(client, credentials)}>
        <p className="flex flex-wrap justify-between gap-x-4 gap-y-2 text-note">
          <Link to={`/register?${search}`} className="font-medium underline underline-offset-3">
            Open an account
          </Link>
          <Link to="/forgot" className="text-soft underline underline-offset-3">
            Forgotten your password?
          </Link>
        </p>
      </CredentialsForm>
    </Frame>
  )
}
