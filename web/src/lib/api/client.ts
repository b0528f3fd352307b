import createClient from 'openapi-fetch'
import { Problem } from './problem'
import type { components, paths } from './schema'
import { session } from './session'

export type Schemas = components['schemas']

const REFRESH = '/api/v1/auth/refresh'

let refreshing: Promise<boolean> | null = null

/** A new access token through the refresh cookie; one request, however many callers wait for it. */
export function refresh(): Promise<boolean> {
  refreshing ??= askForToken().finally(() => (refreshing = null))
  return refreshing
}

async function askForToken(): Promise<boolean> {
  const response = await fetch(REFRESH, { method: 'POST' }).catch(() => null)
  if (!response?.ok) return false
  session.begin(((await response.json()) as Schemas['AccessToken']).access_token)
  return true
}

function signed(request: Request): Request {
  const token = session.token()
  if (token) request.headers.set('Authorization', `Bearer ${token}`)
  return request
}

/** fetch as the signed-in person: on 401 refreshes once and asks again; then the session is over. */
export async function authorized(request: Request): Promise<Response> {
  const again = request.clone()
  const response = await fetch(signed(request))
  if (response.status !== 401 || session.get().status !== 'signed-in') return response
  if (await refresh()) return fetch(signed(again))
  session.end(true)
  return response
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: authorized })

interface Answer<T> {
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
