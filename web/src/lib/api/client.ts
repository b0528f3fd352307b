import createClient from 'openapi-fetch'
import { Problem } from './problem'
import { noting } from './reach'
import type { components, paths } from './schema'
import { session } from './session'

export type Schemas = components['schemas']

const REFRESH = '/api/v1/auth/refresh'

/** `unreachable`: nobody answered, or not as they should: it says nothing of the session. */
export type Renewal = 'renewed' | 'refused' | 'unreachable'

let renewing: Promise<Renewal> | null = null

/** A new access token through the refresh cookie; one request, however many callers wait for it. */
export function refresh(): Promise<Renewal> {
  renewing ??= askForToken().finally(() => (renewing = null))
  return renewing
}

declare global {
  interface Window {
    /** Asked by boot.js, before there was anything else. */
    askedForToken?: Promise<Response> | undefined
  }
}

async function askForToken(): Promise<Renewal> {
  const asked = window.askedForToken ?? fetch(REFRESH, { method: 'POST' })
  window.askedForToken = undefined
  const response = await noting(asked).catch(() => null)
  if (response?.ok) {
    session.begin(((await response.json()) as Schemas['AccessToken']).access_token)
    return 'renewed'
  }
  return response && response.status < 500 && response.status !== 429 ? 'refused' : 'unreachable'
}

/** Who was signed in before the page was loaded, if it still holds. */
export async function restoreSession(): Promise<void> {
  const renewal = await refresh()
  if (session.get().status !== 'unknown') return
  if (renewal === 'refused') session.end()
  if (renewal === 'unreachable') session.goOffline()
}

function signed(request: Request): Request {
  const token = session.token()
  if (token) request.headers.set('Authorization', `Bearer ${token}`)
  return request
}

const isOpen = () => session.get().status === 'signed-in' || session.get().status === 'offline'

/** fetch as the signed-in person: on 401 refreshes once and asks again; then the session is over. */
export async function authorized(request: Request): Promise<Response> {
  const again = request.clone()
  const response = await noting(fetch(signed(request)))
  if (response.status !== 401 || !isOpen()) return response
  switch (await refresh()) {
    case 'renewed':
      return noting(fetch(signed(again)))
    case 'refused':
      session.end(true)
      return response
    case 'unreachable':
      throw new TypeError('Nobody answered when asked for a new token.')
  }
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: authorized })

export interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The body of a good answer.
 *  @throws Problem for any other. */
export async function body<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer
  if (!response.ok) throw Problem.of(response, error)
  return data as T
}
