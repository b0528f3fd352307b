/**
 * Endpoints of the gateway's contract that its OpenAPI document doesn't describe yet, with the shapes that the
 * contract fixes. What the document learns moves to the generated client, and out of here.
 */
import { authorized, type Schemas } from './client'
import { Problem } from './problem'

export type State = Schemas['State']
export type Draft = Schemas['Draft']

export interface Revision {
  revision: number
  source: 'ai' | 'person'
  generation?: number | null
  content_text: string
  created_at: string
  instruction?: string | null
}

export interface Notification {
  id: string
  title: string
  body: string
  created_at: string
  read_at: string | null
  workflow_id: string | null
}

export interface AuditEntry {
  timestamp: string
  event_type: string
  resource_id: string | null
  action: string
  ip_address: string | null
  user_agent: string | null
  status: string
}

export interface BulkOutcome {
  id: string
  state: State | null
  error: { title: string; detail: string } | null
}

interface Options {
  body?: unknown
  ifMatch?: string | null
}

export async function call(method: string, path: string, { body, ifMatch }: Options = {}): Promise<Response> {
  const headers = new Headers()
  if (body !== undefined) headers.set('Content-Type', 'application/json')
  if (ifMatch) headers.set('If-Match', ifMatch)
  const response = await authorized(
    new Request(new URL(`/api/v1/${path}`, location.origin), {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    }),
  )
  if (!response.ok) throw Problem.of(response, await response.json().catch(() => null))
  return response
}

async function json<T>(method: string, path: string, options?: Options): Promise<T> {
  return (await (await call(method, path, options)).json()) as T
}

export const planned = {
  logout: () => call('POST', 'auth/logout'),
  forgotPassword: (email: string) => call('POST', 'auth/forgot', { body: { email } }),
  save: async (id: string, content_text: string, ifMatch: string | null) => {
    const response = await call('PUT', `content/${id}`, { body: { content_text }, ifMatch })
    return { draft: (await response.json()) as Draft, etag: response.headers.get('ETag') }
  },
  setState: (id: string, state: State) =>
    json<{ id: string; state: State; updated_at: string }>('PATCH', `content/${id}/state`, { body: { state } }),
  setStates: (ids: readonly string[], state: State) =>
    json<{ results: BulkOutcome[] }>('POST', 'content/state', { body: { ids, state } }),
  remove: (id: string) => call('DELETE', `content/${id}`),
  revisions: (id: string) => json<{ revisions: Revision[] }>('GET', `content/${id}/revisions`),
  revert: (id: string, revision: number) => json<Draft>('POST', `content/${id}/revert`, { body: { revision } }),
  regenerate: (id: string, instruction: string) =>
    json<{ content_id: string; generation: number }>('POST', `content/${id}/regenerate`, {
      body: instruction ? { instruction } : {},
    }),
  retry: (id: string) => call('POST', `content/${id}/retry`),
  retryWorkflow: (id: string) => call('POST', `workflows/${id}/retry`),
  notifications: () => json<{ notifications: Notification[]; total: number }>('GET', 'notifications?limit=50'),
  readNotification: (id: string) => call('POST', `notifications/${id}/read`),
  audit: () => json<{ audit: AuditEntry[]; total: number; next: string | null }>('GET', 'audit?limit=100'),
  exportAccount: async () => (await call('GET', 'account/export')).blob(),
  deleteAccount: (password: string) => call('DELETE', 'account', { body: { password } }),
  changePassword: (current_password: string, new_password: string) =>
    call('PUT', 'auth/password', { body: { current_password, new_password } }),
}
