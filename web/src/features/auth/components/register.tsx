import { useQueryClient } from '@tanstack/react-query'
import { Link, Navigate, useSearchParams } from 'react-router'
import { useSession } from '@/lib/api/session'
import { register } from '../api/auth'
import { CredentialsForm } from './credentials-form'
import { Frame } from './frame'
import { safePath } from './sign-in'

export default function Register() {
  const client = useQueryClient()
  const [search] = useSearchParams()
  if (useSession().status === 'signed-in') return <Navigate to={safePath(search.get('next'))} replace />
  return (
    <Frame title="Open an account">
      <CredentialsForm label="Open an account" newPassword submit={(credentials) => register(client, credentials)}>
        <p className="text-note text-soft">
          By opening an account you agree to the{' '}
          <Link to="/terms" className="underline underline-offset-3">
            terms
          </Link>{' '}
          and have read the{' '}
          <Link to="/privacy" className="underline underline-offset-3">
            privacy policy
          </Link>
          .
        </p>
        <p className="text-note">
          <Link to={`/sign-in?${search}`} className="font-medium underline underline-offset-3">
            I have an account already
          </Link>
        </p>
      </CredentialsForm>
    </Frame>
  )
}
