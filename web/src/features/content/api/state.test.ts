import { QueryClient } from '@tanstack/react-query'
import { describe, expect, it } from 'vitest'
import type { DraftList } from '@/lib/api/drafts'
import type { State } from '@/lib/api/commands'
import { aClaim, aDraft } from '@/test/drafts'
import { obstacle, patchDrafts, wayBetween } from './state'

const LIFECYCLE: Partial<Record<State, State[]>> = {
  generated: ['reviewed', 'ready'],
  reviewed: ['ready', 'generated'],
  edited: ['reviewed', 'ready'],
  ready: ['published', 'reviewed'],
  published: ['ready'],
}

const RULES = { lifecycle: LIFECYCLE, mustSettle: true }

describe('wayBetween', () => {
  it('goes back by the states that the server allows', () => {
    expect(wayBetween(LIFECYCLE, 'ready', 'generated')).toEqual(['reviewed', 'generated'])
  })
  it('knows when there is no way back', () => {
    expect(wayBetween(LIFECYCLE, 'ready', 'edited')).toBeNull()
  })
})

describe('obstacle', () => {
  it('names what is allowed instead', () => {
    expect(obstacle(RULES, aDraft(), 'published')).toBe('From new a draft can become reviewed or ready.')
  })
  it('holds back a text that breaks a rule from being ready', () => {
    const draft = aDraft({ checks: { ok: false, counts: {}, metadata: {}, parts: [], findings: [] } })
    expect(obstacle(RULES, draft, 'ready')).toMatch(/breaks a rule/)
    expect(obstacle(RULES, draft, 'reviewed')).toBeNull()
  })
  it('holds back a claim that nobody verified, unless the person wants no such thing', () => {
    const draft = aDraft({ claims: [aClaim('9', 0), aClaim('40 %', 2, { settled: true })] })
    expect(obstacle(RULES, draft, 'ready')).toMatch(/a claim/)
    expect(obstacle({ ...RULES, mustSettle: false }, draft, 'ready')).toBeNull()
  })
  it('leaves it to the server where the lifecycle is unknown', () => {
    expect(obstacle({ ...RULES, lifecycle: undefined }, aDraft(), 'published')).toBeNull()
  })
})

it('patches a draft wherever it is cached, and nothing else', () => {
  const client = new QueryClient()
  const list: DraftList = { content: [aDraft(), aDraft({ id: 'd2' })], total: 2, next: null }
  client.setQueryData(['content', 'pages', {}], { pages: [list], pageParams: [undefined] })
  client.setQueryData(['content', 'list', {}], list)
  client.setQueryData(['content', 'draft', 'd1'], { draft: aDraft(), etag: null })
  client.setQueryData(['content', 'total', {}], 2)

  patchDrafts(client, new Set(['d1']), { state: 'ready' })

  const states = (given: DraftList | undefined) => given?.content.map(({ state }) => state)
  expect(states(client.getQueryData<{ pages: DraftList[] }>(['content', 'pages', {}])?.pages[0])).toEqual(['ready', 'generated'])
  expect(states(client.getQueryData<DraftList>(['content', 'list', {}]))).toEqual(['ready', 'generated'])
  expect(client.getQueryData(['content', 'draft', 'd1'])).toMatchObject({ draft: { state: 'ready' } })
  expect(client.getQueryData(['content', 'total', {}])).toBe(2)
})
