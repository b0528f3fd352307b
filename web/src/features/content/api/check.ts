import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import { api, body, type Schemas } from '@/lib/api/client'
import type { Draft } from '@/lib/api/drafts'
import { useDebounced } from '@/lib/debounce'

export type CheckResult = Schemas['CheckResult']
export type Finding = Schemas['Finding']
export type Part = Schemas['Part']

const TYPING_MS = 350
/** The longest text that the server takes, in code points. */
export const LONGEST_TEXT = 20_000

const checkQuery = (slug: string, text: string) =>
  queryOptions({
    queryKey: ['check', slug, text],
    queryFn: () => body(api.POST('/api/v1/platforms/{slug}/check', { params: { path: { slug } }, body: { content_text: text } })),
    staleTime: Infinity,
    gcTime: 60_000,
    retry: 1,
  })

export interface LiveCheck {
  /** What the rules say; null while that isn't known. */
  result: CheckResult | null
  /** The text that it is about: behind what is being typed. */
  of: string
  isAway: boolean
}

/** What the platform's own rules say of a text as it is typed. What is stored with the saved text isn't asked again. */
export function useLiveCheck(draft: Draft, text: string): LiveCheck {
  const settled = useDebounced(text, TYPING_MS)
  const isStored = settled === draft.content_text && draft.checks !== null
  const asked = useQuery({
    ...checkQuery(draft.platform, settled),
    enabled: !isStored && settled.length <= LONGEST_TEXT,
    placeholderData: keepPreviousData,
  })
  if (isStored) return { result: draft.checks, of: settled, isAway: false }
  return { result: asked.data ?? null, of: settled, isAway: asked.isError }
}
