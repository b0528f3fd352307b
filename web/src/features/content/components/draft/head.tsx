import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { PlatformName, StateGlyph } from '@/components/badges'
import { Icon } from '@/components/icons'
import { PageHead } from '@/components/page'
import { draftsQuery, type Draft } from '@/lib/api/drafts'
import { classes } from '@/lib/classes'
import { readingOrder } from '@/lib/reading-order'
import { STATES } from '@/lib/states'

/** The idea behind a draft, its drafts for the other platforms, and the neighbours in the list it came from. */
export function DraftHead({ draft, actions }: { draft: Draft; actions?: ReactNode }) {
  const { core_idea: idea } = draft
  const place = readingOrder.place(draft.id)
  return (
    <>
      <div className="mb-5 flex items-center justify-between gap-4 text-note">
        <Link to="/pipeline" className="inline-flex items-center gap-1 text-soft hover:text-ink">
          <Icon name="back" /> All drafts
        </Link>
        {place && (
          <div className="flex items-center gap-1">
            <Neighbour draft={draft} step={-1} label="Previous draft" />
            <span className="figures text-faint">
              {place.number} of {place.of}
            </span>
            <Neighbour draft={draft} step={1} label="Next draft" />
          </div>
        )}
      </div>
      <div className="[&_h1]:text-head [&_h1]:tracking-[-0.01em]">
        <PageHead title={idea.title ?? 'A draft'} />
      </div>
      <section aria-label="Idea" className="mt-3 max-w-3xl">
        {idea.description && <p className="text-soft">{idea.description}</p>}
        <p className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-note text-faint">
          {idea.topic_category && <span>{idea.topic_category}</span>}
          {idea.context && <span>About: “{idea.context}”</span>}
          {idea.closest && <Closest idea={idea.closest} />}
        </p>
      </section>
      <div className="mt-6 flex flex-wrap items-end justify-between gap-x-6 gap-y-3 border-b border-line">
        <Siblings draft={draft} />
        <div className="flex flex-wrap gap-2 pb-3">{actions}</div>
      </div>
    </>
  )
}

/** The earlier idea that this one is most like, so that one sees whether it says anything new. */
function Closest({ idea }: { idea: NonNullable<Draft['core_idea']['closest']> }) {
  const title = idea.idea_id ? (
    <Link to={`/pipeline?idea_id=${idea.idea_id}`} className="underline underline-offset-3 hover:text-ink">
      {idea.title}
    </Link>
  ) : (
    idea.title
  )
  return (
    <span>
      Closest earlier idea: {title}, <span className="figures">{Math.round(100 * idea.score)} %</span> alike
    </span>
  )
}

function Neighbour({ draft, step, label }: { draft: Draft; step: 1 | -1; label: string }) {
  const id = readingOrder.from(draft.id, step)
  const icon = <Icon name={step === 1 ? 'next' : 'back'} />
  if (!id) return <span className="p-1.5 text-line">{icon}</span>
  return (
    <Link to={`/drafts/${id}`} aria-label={label} title={`${label} (${step === 1 ? 'j' : 'k'})`} className="rounded-sm p-1.5 hover:bg-sunk">
      {icon}
    </Link>
  )
}

function Siblings({ draft }: { draft: Draft }) {
  const { data } = useQuery(draftsQuery({ idea_id: draft.core_idea.id }))
  const written = data?.content ?? []
  const all = written.some(({ id }) => id === draft.id) ? written : [draft, ...written]
  return (
    <nav aria-label="The same idea on other platforms" className="-mb-px flex overflow-x-auto">
      {all
        .toSorted((a, b) => a.platform.localeCompare(b.platform))
        .map(({ id, platform, state }) => (
          <Link
            key={id}
            to={`/drafts/${id}`}
            aria-current={id === draft.id ? 'page' : undefined}
            className={classes(
              'flex h-12 items-center gap-2.5 px-4 -outline-offset-2 first:pl-0',
              id === draft.id ? 'shadow-[inset_0_-3px_0_var(--color-mark)]' : 'text-soft hover:text-ink',
            )}
          >
            <PlatformName slug={platform} className="text-body" />
            <StateGlyph state={state} />
            <span className="sr-only">{STATES[state].label}</span>
          </Link>
        ))}
    </nav>
  )
}
