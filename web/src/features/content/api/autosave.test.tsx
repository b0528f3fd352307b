import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, renderHook, waitFor } from '@testing-library/react'
import type { ReactNode } from 'react'
import { beforeEach, expect, it, vi } from 'vitest'
import type { Draft, VersionedDraft } from '@/lib/api/drafts'
import { unsaved } from '@/lib/unsaved'
import { aDraft } from '@/test/drafts'
import { useAutosave } from './autosave'

/** A server that keeps one draft and refuses to overwrite a version that the writer hasn't seen. */
class Server {
  version = 1
  constructor(public draft: Draft) {}

  answer = async (input: RequestInfo | URL): Promise<Response> => {
    const request = input as Request
    const etag = `"${this.version}"`
    if (request.method === 'PUT') {
      if (request.headers.get('If-Match') !== etag) return new Response('{}', { status: 412 })
      const { content_text } = (await request.json()) as { content_text: string }
      this.save(content_text)
    }
    return Response.json(this.draft, { headers: { ETag: `"${this.version}"` } })
  }

  save(content_text: string) {
    this.version += 1
    this.draft = { ...this.draft, content_text, state: 'edited' }
  }
}

let server: Server
beforeEach(() => {
  sessionStorage.clear()
  server = new Server(aDraft())
  vi.stubGlobal('fetch', vi.fn(server.answer))
})

function open(versioned: VersionedDraft = { draft: server.draft, etag: '"1"' }) {
  const client = new QueryClient()
  const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>
  return renderHook((props: VersionedDraft) => useAutosave(props), { initialProps: versioned, wrapper })
}

it('saves once asked to, and keeps the text in the tab until then', async () => {
  const { result } = open()
  act(() => result.current.setText('Mine.'))
  expect(result.current.status.kind).toBe('typing')
  expect(unsaved('d1')).toBe('Mine.')
  await act(() => result.current.save())
  expect(server.draft.content_text).toBe('Mine.')
  expect(result.current.status.kind).toBe('saved')
  expect(unsaved('d1')).toBeNull()
})

it('starts from what an earlier session left unsaved', () => {
  sessionStorage.setItem('polycast.unsaved.d1', 'Left behind.')
  expect(open().result.current.text).toBe('Left behind.')
})

it('shows both texts when another was saved meanwhile, and overwrites only when told to', async () => {
  const { result } = open()
  server.save('Theirs.')
  act(() => result.current.setText('Mine.'))
  await act(() => result.current.save())
  const { status } = result.current
  expect(status).toMatchObject({ kind: 'conflict', theirs: { draft: { content_text: 'Theirs.' } } })
  expect(server.draft.content_text).toBe('Theirs.')

  if (status.kind === 'conflict') act(() => result.current.settle('Mine.', status.theirs))
  await act(() => result.current.save())
  await waitFor(() => expect(server.draft.content_text).toBe('Mine.'))
})

it('takes no other change than one of the text for a conflict', async () => {
  const { result } = open()
  server.version += 1
  server.draft = { ...server.draft, state: 'reviewed' }
  act(() => result.current.setText('Mine.'))
  await act(() => result.current.save())
  expect(result.current.status.kind).toBe('saved')
  expect(server.draft.content_text).toBe('Mine.')
})

it('follows a change from elsewhere while nothing is typed here', () => {
  const { result, rerender } = open()
  rerender({ draft: aDraft({ content_text: 'Theirs.' }), etag: '"2"' })
  expect(result.current.text).toBe('Theirs.')
})
