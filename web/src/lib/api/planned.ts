/**
 * Endpoints of the gateway's contract that its OpenAPI document doesn't describe yet, with the shapes that the
 * contract fixes. What the document learns moves to the generated client, and out of here.
 */
import { authorized } from './client'
import { Problem } from './problem'

export interface Notification {
  id: string
  title: string
  body: string
  created_at: string
  read_at: string | null
  workflow_id: string | null
}

async function call(method: string, path: string, content?: unknown): Promise<Response> {
  const request = new Request(new URL(`/api/v1/${path}`, location.origin), {
    method,
    headers: content === undefined ? {} : { 'Content-Type': 'application/json' },
    body: content === undefined ? null : JSON.stringify(content),
  })
  const response = await authorized(request)
  if (!response.ok) throw Problem.of(response, await response.json().catch(() => null))
  return response
}

export const planned = {
  forgotPassword: (email: string) => call('POST', 'auth/forgot', { email }),
  notifications: async () =>
    (await (await call('GET', 'notifications?limit=50')).json()) as { notifications: Notification[]; total: number },
  readNotification: (id: string) => call('POST', `notifications/${id}/read`),
  exportAccount: async () => (await call('GET', 'account/export')).blob(),
  deleteAccount: (password: string) => call('DELETE', 'account', { password }),
}
