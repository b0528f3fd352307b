import type { QueryClient } from '@tanstack/react-query'
import { api, body, type Schemas } from '@/lib/api/client'
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

/** Says whether mail can be sent at all; whether the address has an account isn't told. */
export const askForReset = (email: string) => body(api.POST('/api/v1/auth/forgot', { body: { email } }))

export const resetPassword = (reset: Schemas['Reset']) => body(api.POST('/api/v1/auth/reset', { body: reset }))

/** Ends the session here at once, whether or not the server can be told. */
export async function signOut(client: QueryClient): Promise<void> {
  await commands.logout().catch(() => undefined)
  session.end()
  client.clear()
  forgetAllUnsaved()
}
