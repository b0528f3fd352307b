import { useSearchParams } from 'react-router'
import type { DraftFilter } from '@/lib/api/drafts'
import { ALL_STATES } from '@/lib/states'

const NAMES = ['platform', 'topic', 'q', 'from', 'to', 'idea_id', 'workflow_id'] as const
type FilterName = (typeof NAMES)[number]

export type View = 'list' | 'board'

/** What the pipeline shows, all of it in the address: a link shows another the same, and Back goes back. */
export function useFilters() {
  const [search, setSearch] = useSearchParams()
  const filter: DraftFilter = Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = search.get(name)?.trim()
      return value ? [[name, value]] : []
    }),
  )
  const asked = search.get('state')
  const state = ALL_STATES.find((known) => known === asked) ?? null
  const view: View = search.get('view') === 'board' ? 'board' : 'list'

  const set = (changes: Partial<Record<FilterName | 'state' | 'view' | 'focus', string | null>>) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before)
        for (const [name, value] of Object.entries(changes)) {
          if (value) after.set(name, value)
          else after.delete(name)
        }
        return after
      },
      { replace: true, preventScrollReset: true },
    )

  return {
    filter,
    /** As they stand in their boxes: with the space that is being typed. */
    typed: { q: search.get('q') ?? '', topic: search.get('topic') ?? '' },
    state,
    view,
    wantsSearch: search.get('focus') === 'search',
    isFiltered: NAMES.some((name) => search.has(name)),
    set,
    clear: () => set(Object.fromEntries(NAMES.map((name) => [name, null]))),
  }
}

export type Filters = ReturnType<typeof useFilters>
