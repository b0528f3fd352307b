/** What a person can have done, and the shapes that come back. */
import { api, body, type Schemas } from './client'
import { versioned, type VersionedDraft } from './drafts'

export type State = Schemas['State']
export type Revision = Schemas['Revision']
export type BulkOutcome = Schemas['Outcome']

const of = (id: string) => ({ path: { content_id: id } })

export const commands = {
  logout: () => body(api.POST('/api/v1/auth/logout')),
  changePassword: (change: Schemas['PasswordChange']) => body(api.PUT('/api/v1/auth/password', { body: change })),
  save: (id: string, content_text: string, ifMatch: string | null): Promise<VersionedDraft> =>
    versioned(
      api.PUT('/api/v1/content/{content_id}', {
        params: { ...of(id), header: ifMatch ? { 'if-match': ifMatch } : {} },
        body: { content_text, state: 'edited' },
      }),
    ),
  settleClaims: (id: string, change: Schemas['ClaimChange']): Promise<VersionedDraft> =>
    versioned(api.PATCH('/api/v1/content/{content_id}/claims', { params: of(id), body: change })),
  setState: (id: string, change: Schemas['StateChange']) =>
    body(api.PATCH('/api/v1/content/{content_id}/state', { params: of(id), body: change })),
  setStates: (change: Schemas['BulkStateChange']) => body(api.POST('/api/v1/content/state', { body: change })),
  remove: (id: string) => body(api.DELETE('/api/v1/content/{content_id}', { params: of(id) })),
  restore: (id: string) => body(api.POST('/api/v1/content/{content_id}/restore', { params: of(id) })),
  revert: (id: string, revision: string) =>
    body(api.POST('/api/v1/content/{content_id}/revert', { params: of(id), body: { revision } })),
  regenerate: (id: string, instruction: string) =>
    body(api.POST('/api/v1/content/{content_id}/regenerate', { params: of(id), body: { instruction: instruction || null } })),
  retry: (id: string) => body(api.POST('/api/v1/content/{content_id}/retry', { params: of(id) })),
  readNotification: (id: string) =>
    body(api.POST('/api/v1/notifications/{notification_id}/read', { params: { path: { notification_id: id } } })),
  exportAccount: () => body<Blob>(api.GET('/api/v1/account/export', { parseAs: 'blob' })),
  deleteAccount: (password: string) => body(api.DELETE('/api/v1/account', { body: { password } })),
  retryWorkflow: (id: string) =>
    body(api.POST('/api/v1/workflows/{workflow_id}/retry', { params: { path: { workflow_id: id } } })),
}
