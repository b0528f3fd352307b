import { useInfiniteQuery } from '@tanstack/react-query'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Empty, ErrorNote, Loading, Skeleton } from '@/components/feedback'
import { Button, LinkButton } from '@/components/button'
import { draftPagesQuery, type Draft } from '@/lib/api/drafts'
import { plural } from '@/lib/format'
import { focusDraft, useReviewKeys } from '../review-keys'
import type { Filters } from './filters'
import { DraftRow, ROW_HEIGHT } from './row'

type Selection = ReadonlyMap<string, Draft>

export function DraftTable({
  filters,
  selected,
  onSelect,
}: {
  filters: Filters
  selected: Selection
  onSelect: (selected: Selection) => void
}) {
  const { filter, state } = filters
  const query = useInfiniteQuery(draftPagesQuery(state ? { ...filter, state } : filter))
  const { data, isPending, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = query
  const drafts = data?.pages.flatMap(({ content }) => content) ?? []
  const total = data?.pages[0]?.total ?? 0
  const [current, setCurrent] = useState<string | null>(null)

  const list = useRef<HTMLUListElement>(null)
  const [offset, setOffset] = useState(0)
  useLayoutEffect(() => setOffset(list.current?.offsetTop ?? 0), [total])
  const virtual = useWindowVirtualizer({
    count: drafts.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    scrollMargin: offset,
  })
  const rows = virtual.getVirtualItems()

  const last = rows.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= drafts.length - 10) void fetchNextPage()
  }, [last, drafts.length, hasNextPage, isFetchingNextPage, fetchNextPage])

  const toggle = (id: string) => {
    const draft = drafts.find((one) => one.id === id)
    if (!draft) return
    const next = new Map(selected)
    if (!next.delete(id)) next.set(id, draft)
    onSelect(next)
  }

  useReviewKeys({
    drafts,
    currentId: current,
    toggle,
    setCurrent: (id, index) => {
      setCurrent(id)
      virtual.scrollToIndex(index, { align: 'auto' })
      requestAnimationFrame(() => focusDraft(id))
    },
  })

  if (error && !data) return <div className="mt-6"><ErrorNote error={error} onRetry={() => void refetch()} /></div>
  if (isPending) return <Placeholder />
  if (drafts.length === 0) return <Nothing filters={filters} />
  const areAllSelected = drafts.every(({ id }) => selected.has(id))
  return (
    <>
      <div className="flex h-11 items-center gap-3 px-1 text-note text-faint">
        <input
          type="checkbox"
          aria-label="Select all that are loaded"
          className="size-4"
          checked={areAllSelected}
          onChange={() => onSelect(areAllSelected ? new Map() : new Map(drafts.map((draft) => [draft.id, draft])))}
        />
        <span className="figures">{plural(total, 'draft')}</span>
      </div>
      <ul ref={list} aria-label="Drafts" className="relative" style={{ height: virtual.getTotalSize() }}>
        {rows.map(({ index, start, key }) => {
          const draft = drafts[index]
          return (
            draft && (
              <DraftRow
                key={key}
                draft={draft}
                top={start - offset}
                isCurrent={draft.id === current}
                isSelected={selected.has(draft.id)}
                onFocus={() => setCurrent(draft.id)}
                onToggle={() => toggle(draft.id)}
              />
            )
          )
        })}
      </ul>
    </>
  )
}

function Nothing({ filters }: { filters: Filters }) {
  if (filters.isFiltered) {
    return (
      <Empty title="No draft matches" action={<Button onClick={filters.clear}>Clear the filters</Button>}>
        Try fewer words, or another day.
      </Empty>
    )
  }
  return (
    <Empty title={filters.state ? 'None here' : 'No drafts yet'} action={<LinkButton to="/">Go to today</LinkButton>}>
      {filters.state
        ? 'Drafts come here as you review them: new, edited, reviewed, ready, published.'
        : 'Start a run from the page Today; its drafts gather here.'}
    </Empty>
  )
}

function Placeholder() {
  return (
    <Loading label="Loading drafts">
      <div className="mt-11">
        {Array.from({ length: 8 }, (_, index) => (
          <div key={index} className="flex items-center gap-4 border-b border-line" style={{ height: ROW_HEIGHT }}>
            <Skeleton className="size-4" />
            <div className="grid flex-1 gap-2.5">
              <Skeleton className="h-4 w-1/2" />
              <Skeleton className="h-3.5 w-4/5" />
            </div>
          </div>
        ))}
      </div>
    </Loading>
  )
}
