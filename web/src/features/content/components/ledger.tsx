import { useQueries, useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { StateGlyph } from '@/components/badges'
import { draftTotalQuery, type DraftFilter } from '@/lib/api/drafts'
import { statsQuery } from '../api/stats'
import type { State } from '@/lib/api/commands'
import { ALL_STATES, STATES } from '@/lib/states'

/** How many drafts a filter leaves in each state. */
export function useTotals(filter: DraftFilter): Partial<Record<State, number>> {
  const isFiltered = Object.keys(filter).length > 0
  const stats = useQuery({ ...statsQuery, enabled: !isFiltered })
  const filtered = useQueries({
    queries: ALL_STATES.map((state) => ({ ...draftTotalQuery({ ...filter, state }), enabled: isFiltered })),
    combine: (results) => Object.fromEntries(ALL_STATES.map((state, index) => [state, results[index]?.data])),
  })
  return isFiltered ? filtered : (stats.data?.drafts ?? {})
}

/** How many drafts stand where; each figure leads to them. */
export function Ledger() {
  const totals = useTotals({})
  const shown = ALL_STATES.filter((state) => state !== 'failed' || totals.failed)
  return (
    <nav aria-label="Drafts by state">
      <ul className="flex flex-wrap gap-x-8 gap-y-3">
        {shown.map((state) => (
          <li key={state}>
            <Link to={`/pipeline?state=${state}`} className="group flex items-baseline gap-2">
              <span className="figures min-w-[1ch] font-serif text-title font-medium">{totals[state] ?? '–'}</span>
              <span className="inline-flex items-center gap-1.5 text-note text-soft group-hover:text-ink group-hover:underline group-hover:underline-offset-4">
                <StateGlyph state={state} className="self-center" />
                {STATES[state].label}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
