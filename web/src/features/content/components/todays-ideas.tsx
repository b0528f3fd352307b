import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState, type ReactNode } from 'react'
import { Link } from 'react-router'
import { FlaggedMark, PlatformName, StateLabel } from '@/components/badges'
import { ErrorNote, Loading, Skeleton } from '@/components/feedback'
import { draftsQuery, type Draft } from '@/lib/api/drafts'
import { accentStyle } from '@/lib/accent'
import { usePlatform, useToday } from '@/lib/api/queries'
import { excerptOf } from '@/lib/excerpt'
import { classes } from '@/lib/classes'
import { useLive } from '@/lib/live'
import { focusDraft, useReviewKeys } from './review-keys'
import { OfflineBanner } from './offline-banner'

/** How often to look for new drafts where nobody tells of them. */
const UNTOLD_MS = 8000

interface IdeaGroup {
  idea: Draft['core_idea']
  drafts: Draft[]
}

/** Drafts by their idea, both in the order in which they were made. */
export function groupByIdea(drafts: readonly Draft[]): IdeaGroup[] {
  const groups = new Map<string, IdeaGroup>()
  for (const draft of drafts.toReversed()) {
    const group = groups.get(draft.core_idea.id) ?? { idea: draft.core_idea, drafts: [] }
    group.drafts.push(draft)
    groups.set(draft.core_idea.id, group)
  }
  for (const { drafts } of groups.values()) drafts.sort((a, b) => a.platform.localeCompare(b.platform))
  return [...groups.values()]
}

export function TodaysIdeas({ empty }: { empty: ReactNode }) {
  const today = useToday()
  const isLive = useLive() === 'live'
  const { data: newest, error, refetch } = useQuery({ ...draftsQuery({ date: today }), refetchInterval: isLive ? false : UNTOLD_MS })
  // Deferred: a day's drafts are rendered in pieces, between which the browser can answer.
  const data = useDeferredValue(newest)
  const [current, setCurrent] = useState<string | null>(null)
  const groups = groupByIdea(data?.content ?? [])
  const inOrder = groups.flatMap(({ drafts }) => drafts)

  useReviewKeys({
    drafts: inOrder,
    currentId: current,
    setCurrent: (id) => {
      setCurrent(id)
      focusDraft(id)
    },
  })

  if (error) return <ErrorNote error={error} onRetry={() => void refetch()} />
  if (!data) return <Placeholder />
  if (groups.length === 0) return empty
  return (
    <>
      <OfflineBanner drafts={inOrder} />
      <ol className="mt-2">
        {groups.map(({ idea, drafts }, index) => (
          <li key={idea.id} className="grid gap-x-8 gap-y-4 border-t border-line py-8 first:border-t-0 lg:grid-cols-[minmax(15rem,19rem)_1fr]">
            <div className="flex gap-4">
              <span aria-hidden="true" className="figures w-7 shrink-0 font-serif text-head leading-none font-light text-faint">
                {index + 1}
              </span>
              <div>
                <h3 className="font-serif text-title font-medium">{idea.title ?? 'An idea'}</h3>
                <p className="mt-2 line-clamp-4 text-note text-soft">{idea.description}</p>
                <p className="mt-2 text-note text-faint">{idea.topic_category}</p>
              </div>
            </div>
            <ul className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
              {drafts.map((draft) => (
                <li key={draft.id}>
                  <Slip draft={draft} isCurrent={draft.id === current} onFocus={() => setCurrent(draft.id)} />
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </>
  )
}

function Slip({ draft, isCurrent, onFocus }: { draft: Draft; isCurrent: boolean; onFocus: () => void }) {
  const platform = usePlatform(draft.platform)
  return (
    <Link
      id={`draft-${draft.id}`}
      to={`/drafts/${draft.id}`}
      onFocus={onFocus}
      style={accentStyle(platform)}
      className={classes(
        'flex h-full flex-col rounded-md border bg-surface transition-shadow hover:shadow-raised',
        isCurrent ? 'border-ink shadow-[inset_0_3px_0_var(--color-mark)]' : 'border-line',
      )}
    >
      <div className="flex items-center justify-between gap-3 px-4 pt-3.5">
        <PlatformName slug={draft.platform} />
        <span className="flex items-center gap-2">
          {draft.moderation?.flagged && <FlaggedMark />}
          <StateLabel state={draft.state} />
        </span>
      </div>
      <p className="mx-4 mt-2.5 mb-4 line-clamp-5 text-note whitespace-pre-line text-soft">{excerptOf(draft)}</p>
    </Link>
  )
}

function Placeholder() {
  return (
    <Loading label="Loading today’s drafts">
      {[1, 2, 3].map((row) => (
        <div key={row} className="grid gap-x-8 gap-y-4 border-t border-line py-8 lg:grid-cols-[minmax(15rem,19rem)_1fr]">
          <div className="grid content-start gap-3">
            <Skeleton className="h-6 w-4/5" />
            <Skeleton className="h-4 w-full" />
            <Skeleton className="h-4 w-2/3" />
          </div>
          <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
            <Skeleton className="h-40" />
            <Skeleton className="h-40" />
            <Skeleton className="h-40" />
          </div>
        </div>
      ))}
    </Loading>
  )
}
