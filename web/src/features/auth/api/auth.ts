import type { QueryClient } from '@tanstack/react-query'
import { api, body, type Schemas } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import { commands } from '@/lib/api/commands'
import { session } from '@/lib/api/session'
import { forgetAllUnsaved } from '@/lib/unsaved'

type Credentials = Schemas['Credentials']

export async function signIn(client: QueryClient, credentials: Credentials): Promise<void> {
  const { access_token } = await body(api.POST('/api/v1/auth/login', { body: credentials }))
  client.clear()
  session.begin(access_token)
}

export async function register(client: QueryClient, credentials: Credentials): Promise<void> {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  await body(api.POST('/api/v1/auth/register', { body: { ...credentials, timezone: timeZone } }))
  await signIn(client, credentials)
}

/** Whether mail can be sent at all; whether the address has an account isn't told. */
export async function askForReset(email: string): Promise<{ mail: boolean }> {
  const response = await fetch('/api/v1/auth/forgot', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email }),
  })
  const answer: unknown = await response.json().catch(() => null)
  if (!response.ok) throw Problem.of(response, answer)
  return answer as { mail: boolean }
}

/** Ends the session here at once, whether or not the server can be told. */
export async function signOut(client: QueryClient): Promise<void> {
  await commands.logout().catch(() => undefined)
  session.end()
  client.clear()
  forgetAllUnsaved()
}
