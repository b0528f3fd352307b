import { lazy, Suspense, useState } from 'react'
import { Segmented } from '@/components/button'
import { Skeleton } from '@/components/feedback'
import { PageHead } from '@/components/page'
import type { Draft } from '@/lib/api/drafts'
import { useShortcuts } from '@/lib/shortcuts'
import { useTotals } from '../ledger'
import { BulkBar } from './bulk-bar'
import { FilterBar } from './filter-bar'
import { useFilters } from './filters'
import { DraftTable } from './list'
import { StateTabs } from './tabs'

const Board = lazy(() => import('./board'))

export default function Pipeline() {
  const filters = useFilters()
  const totals = useTotals(filters.filter)
  const [selected, setSelected] = useState<ReadonlyMap<string, Draft>>(new Map())
  const { state, view, set } = filters

  useShortcuts('Pipeline', {
    v: { label: 'List or board', run: () => set({ view: view === 'list' ? 'board' : null }) },
  })

  return (
    <div className="page">
      <PageHead
        title="Pipeline"
        actions={
          <Segmented
            label="View"
            value={view}
            options={[
              { value: 'list', label: 'List', icon: 'list' },
              { value: 'board', label: 'Board', icon: 'board' },
            ]}
            onChange={(next) => set({ view: next === 'board' ? 'board' : null })}
          />
        }
      />
      <div className="mt-7">
        <FilterBar filters={filters} />
      </div>
      {view === 'list' ? (
        <>
          <StateTabs totals={totals} state={state} onChange={(next) => set({ state: next })} />
          <DraftTable filters={filters} selected={selected} onSelect={setSelected} />
          <BulkBar selected={[...selected.values()]} onDone={() => setSelected(new Map())} />
        </>
      ) : (
        <Suspense fallback={<Skeleton className="mt-6 h-96 w-full" />}>
          <Board filter={filters.filter} totals={totals} />
        </Suspense>
      )}
    </div>
  )
}
