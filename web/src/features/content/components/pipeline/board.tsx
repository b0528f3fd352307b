import {
  closestCenter,
  DndContext,
  DragOverlay,
  PointerSensor,
  useDraggable,
  useDroppable,
  useSensor,
  useSensors,
  type Announcements,
  type DragEndEvent,
} from '@dnd-kit/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState, type ReactNode, type RefObject } from 'react'
import { Link } from 'react-router'
import { PlatformName, StateLabel } from '@/components/badges'
import { Icon } from '@/components/icons'
import { draftPagesQuery, type Draft, type DraftFilter } from '@/lib/api/drafts'
import type { State } from '@/lib/api/commands'
import { classes } from '@/lib/classes'
import { excerptOf } from '@/lib/excerpt'
import { firstLine } from '@/lib/text'
import { PIPELINE, STATES } from '@/lib/states'
import { toast } from '@/components/toast'
import { obstacle, useRules, useSetState } from '../../api/state'

const CARD_HEIGHT = 124

/** What an empty column waits for. */
const HINTS: Partial<Record<State, string>> = {
  generated: 'New drafts arrive here.',
  edited: 'What you change comes here by itself.',
  reviewed: 'Drag here what you have read.',
  ready: 'Drag here what may go out.',
  published: 'Drag here what you have posted.',
}

const titleOf = (data: Record<string, unknown> | undefined) =>
  (data?.draft as Draft | undefined)?.core_idea.title ?? 'the draft'
const columnName = (id: unknown) => STATES[id as State].label

const announcements: Announcements = {
  onDragStart: ({ active }) => `Picked up: ${titleOf(active.data.current)}.`,
  onDragOver: ({ over }) => (over ? `Over ${columnName(over.id)}.` : undefined),
  onDragEnd: ({ active, over }) => (over ? `Dropped ${titleOf(active.data.current)} on ${columnName(over.id)}.` : 'Put back.'),
  onDragCancel: () => 'Put back.',
}

export default function Board({
  filter,
  totals,
}: {
  filter: DraftFilter
  totals: Partial<Record<State, number>>
}) {
  const rules = useRules()
  const { mutate } = useSetState()
  const [dragged, setDragged] = useState<Draft | null>(null)
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 6 } }))
  /** The card that an arrow key moved: it takes the focus along to its new column. */
  const carriedRef = useRef<string | null>(null)

  const drop = ({ active, over }: DragEndEvent) => {
    setDragged(null)
    const draft = active.data.current?.draft as Draft
    const state = over?.id as State | undefined
    if (!state || state === draft.state) return
    const reason = obstacle(rules, draft, state)
    if (reason) toast({ text: reason, tone: 'bad' })
    else mutate({ drafts: [draft], state })
  }

  const step = (draft: Draft, direction: 1 | -1) => {
    const here = PIPELINE.indexOf(draft.state)
    const beyond = direction === 1 ? PIPELINE.slice(here + 1) : PIPELINE.slice(0, here).toReversed()
    const state = beyond.find((next) => !obstacle(rules, draft, next))
    if (!state) return
    carriedRef.current = draft.id
    mutate({ drafts: [draft], state })
  }

  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      accessibility={{ announcements }}
      onDragStart={({ active }) => setDragged(active.data.current?.draft as Draft)}
      onDragCancel={() => setDragged(null)}
      onDragEnd={drop}
    >
      <div className="mt-6 grid auto-cols-[minmax(11.5rem,1fr)] grid-flow-col gap-3 overflow-x-auto pb-4">
        {PIPELINE.map((state) => (
          <Column
            key={state}
            state={state}
            filter={filter}
            total={totals[state]}
            carriedRef={carriedRef}
            onStep={step}
            obstacle={dragged && dragged.state !== state ? obstacle(rules, dragged, state) : null}
          />
        ))}
      </div>
      <DragOverlay dropAnimation={null}>{dragged && <Card draft={dragged} />}</DragOverlay>
    </DndContext>
  )
}

function Column({
  state,
  filter,
  total,
  carriedRef,
  onStep,
  obstacle,
}: {
  state: State
  filter: DraftFilter
  carriedRef: RefObject<string | null>
  onStep: (draft: Draft, direction: 1 | -1) => void
  total: number | undefined
  obstacle: string | null
}) {
  const { setNodeRef, isOver } = useDroppable({ id: state, disabled: obstacle !== null })
  const query = useInfiniteQuery(draftPagesQuery({ ...filter, state }))
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query
  // A card that was moved leaves its column at once, before the server has answered.
  const drafts = data?.pages.flatMap(({ content }) => content).filter((draft) => draft.state === state) ?? []
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: drafts.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => CARD_HEIGHT,
    overscan: 4,
  })
  const rows = virtual.getVirtualItems()
  const last = rows.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= drafts.length - 5) void fetchNextPage()
  }, [last, drafts.length, hasNextPage, isFetchingNextPage, fetchNextPage])

  return (
    <section
      ref={setNodeRef}
      aria-label={`${STATES[state].label}: ${total ?? 0}`}
      title={obstacle ?? undefined}
      className={classes(
        'flex h-[min(72dvh,48rem)] flex-col rounded-md border transition-colors',
        isOver ? 'border-ink bg-wash' : 'border-line bg-sunk/60',
        obstacle && 'opacity-45',
      )}
    >
      <h2 className="flex items-center justify-between px-3.5 py-3">
        <StateLabel state={state} />
        <span className="figures text-note text-faint">{total?.toLocaleString() ?? ''}</span>
      </h2>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls by keyboard */}
      <div ref={scroller} tabIndex={0} role="group" aria-label={`${STATES[state].label} drafts`} className="flex-1 overflow-y-auto px-2 -outline-offset-2">
        {query.isSuccess && drafts.length === 0 && <p className="px-3 py-8 text-center text-note text-faint">{HINTS[state]}</p>}
        <ul className="relative" style={{ height: virtual.getTotalSize() }}>
          {rows.map(({ index, start, key }) => {
            const draft = drafts[index]
            return (
              draft && (
                <li key={key} className="absolute inset-x-0" style={{ height: CARD_HEIGHT, transform: `translateY(${start}px)` }}>
                  <DraggableCard draft={draft} carriedRef={carriedRef} onStep={onStep} />
                </li>
              )
            )
          })}
        </ul>
      </div>
    </section>
  )
}

function DraggableCard({
  draft,
  carriedRef,
  onStep,
}: {
  draft: Draft
  carriedRef: RefObject<string | null>
  onStep: (draft: Draft, direction: 1 | -1) => void
}) {
  const { setNodeRef, listeners, isDragging } = useDraggable({ id: draft.id, data: { draft } })
  const handle = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (carriedRef.current !== draft.id) return
    carriedRef.current = null
    handle.current?.focus()
  }, [carriedRef, draft.id])
  return (
    <div ref={setNodeRef} {...listeners} className={classes('touch-manipulation rounded-md', isDragging && 'opacity-30')}>
      <Card
        draft={draft}
        handle={
          <button
            ref={handle}
            type="button"
            aria-label={`Move with the arrow keys: ${draft.core_idea.title ?? 'draft'}`}
            title="Drag, or press the arrow keys"
            onKeyDown={(event) => {
              const direction = ({ ArrowLeft: -1, ArrowRight: 1 } as const)[event.key]
              if (!direction) return
              event.preventDefault()
              onStep(draft, direction)
            }}
            className="-m-1 cursor-grab rounded-sm p-1 text-faint hover:text-ink"
          >
            <Icon name="grip" />
          </button>
        }
      />
    </div>
  )
}

function Card({ draft, handle }: { draft: Draft; handle?: ReactNode }) {
  return (
    <article
      className={classes(
        'flex h-29 cursor-grab flex-col gap-1.5 rounded-md border border-line bg-surface p-3',
        !handle && 'rotate-1 cursor-grabbing border-ink shadow-float',
      )}
    >
      <div className="flex items-center justify-between">
        <PlatformName slug={draft.platform} className="text-fine" />
        {handle}
      </div>
      <Link
        to={`/drafts/${draft.id}`}
        draggable={false}
        className="line-clamp-2 text-note leading-snug font-medium hover:underline"
      >
        {draft.core_idea.title}
      </Link>
      <p className="truncate text-fine text-faint">{firstLine(excerptOf(draft))}</p>
    </article>
  )
}
