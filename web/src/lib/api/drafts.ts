/** Drafts as several features read them. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, body, type Answer, type Schemas } from './client'
import type { paths } from './schema'

export type Draft = Schemas['Draft']
export type Claim = Schemas['DraftClaim']
export type DraftList = Schemas['DraftList']
export type DraftFilter = Omit<NonNullable<paths['/api/v1/content']['get']['parameters']['query']>, 'cursor' | 'limit' | 'fields'>

const PAGE = 50
const MOST = 100

async function list(query: DraftFilter & { cursor?: string; limit: number }): Promise<DraftList> {
  // Sparse drafts come only when `fields` is sent.
  return (await body(api.GET('/api/v1/content', { params: { query } }))) as DraftList
}

function cursorOf(next: string | null): string | undefined {
  return (next && new URL(next, location.origin).searchParams.get('cursor')) || undefined
}

/** Page after page of drafts, newest first. */
export const draftPagesQuery = (filter: DraftFilter) =>
  infiniteQueryOptions({
    queryKey: ['content', 'pages', filter],
    queryFn: ({ pageParam }) => list({ ...filter, limit: PAGE, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => cursorOf(last.next),
    placeholderData: keepPreviousData,
  })

/** The newest hundred: a day's, an idea's or a run's drafts. */
export const draftsQuery = (filter: DraftFilter) =>
  queryOptions({
    queryKey: ['content', 'list', filter],
    queryFn: () => list({ ...filter, limit: MOST }),
  })

export const draftTotalQuery = (filter: DraftFilter) =>
  queryOptions({
    queryKey: ['content', 'total', filter],
    queryFn: async () => (await list({ ...filter, limit: 1 })).total,
    placeholderData: keepPreviousData,
  })

export interface VersionedDraft {
  draft: Draft
  /** Names the version that was read; sent back with a save, it finds out about another's. */
  etag: string | null
}

export async function versioned(asked: Promise<Answer<Draft>>): Promise<VersionedDraft> {
  const answer = await asked
  return { draft: await body(Promise.resolve(answer)), etag: answer.response.headers.get('ETag') }
}

export const draftQuery = (id: string) =>
  queryOptions({
    queryKey: ['content', 'draft', id],
    queryFn: () => versioned(api.GET('/api/v1/content/{content_id}', { params: { path: { content_id: id } } })),
  })

/** Whether a local demo wrote it, not a language model. */
export function isByOfflineWriter(draft: Draft): boolean {
  return draft.provenance?.model === 'polycast-offline-writer'
}
