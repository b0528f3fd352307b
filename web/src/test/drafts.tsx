import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render } from '@testing-library/react'
import type { ReactNode } from 'react'
import { MemoryRouter } from 'react-router'
import type { Claim, Draft } from '@/lib/api/drafts'

export function aDraft(changes: Partial<Draft> = {}): Draft {
  return {
    id: 'd1',
    core_idea: {
      id: 'i1',
      title: 'An idea',
      description: 'What it is.',
      topic_category: 'technology',
      context: null,
      closest: null,
    },
    workflow_id: null,
    platform: 'linkedin',
    content_text: 'The text.',
    metadata: {},
    state: 'generated',
    original_version: 'The text.',
    edited_version: null,
    generation: 1,
    checks: { ok: true, counts: {}, metadata: {}, parts: [], findings: [], claims: [] },
    claims: [],
    moderation: null,
    provenance: null,
    override: null,
    error: null,
    created_at: '2026-11-23T06:00:00Z',
    updated_at: '2026-11-23T06:00:00Z',
    ...changes,
  }
}

export function aClaim(text: string, start: number, changes: Partial<Claim> = {}): Claim {
  return { key: `number:${text}`, kind: 'number', text, start, end: start + text.length, given: false, settled: false, ...changes }
}

/** Renders with an empty cache that asks no server twice. */
export function show(element: ReactNode) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } })
  client.setQueryData(['platforms'], { platforms: [] })
  client.setQueryData(['account'], { id: 'u1', email: 'ann.lee@example.com', role: 'user' })
  const view = render(
    <QueryClientProvider client={client}>
      <MemoryRouter>{element}</MemoryRouter>
    </QueryClientProvider>,
  )
  return { client, ...view }
}
