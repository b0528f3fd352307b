import { Link } from 'react-router'
import { FlaggedMark, PlatformName, StateLabel } from '@/components/badges'
import type { Draft } from '@/lib/api/drafts'
import { classes } from '@/lib/classes'
import { formatMoment } from '@/lib/format'
import { excerptOf } from '@/lib/excerpt'
import { firstLine } from '@/lib/text'

/** In pixels; every row has it, so that none must be measured. */
export const ROW_HEIGHT = 84

export function DraftRow({
  draft,
  top,
  isCurrent,
  isSelected,
  onFocus,
  onToggle,
}: {
  draft: Draft
  top: number
  isCurrent: boolean
  isSelected: boolean
  onFocus: () => void
  onToggle: () => void
}) {
  const title = draft.core_idea.title ?? 'An idea'
  return (
    <li
      className={classes(
        'absolute inset-x-0 flex items-center gap-3 border-b border-line px-1 transition-colors',
        isSelected ? 'bg-wash' : 'hover:bg-surface',
        isCurrent && 'shadow-[inset_3px_0_0_var(--color-mark)]',
      )}
      style={{ height: ROW_HEIGHT, transform: `translateY(${top}px)` }}
    >
      <input
        type="checkbox"
        aria-label={`Select: ${title}`}
        className="size-4 shrink-0"
        checked={isSelected}
        onChange={onToggle}
      />
      <Link
        id={`draft-${draft.id}`}
        to={`/drafts/${draft.id}`}
        onFocus={onFocus}
        className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)_auto] items-center gap-x-5 gap-y-1 rounded-sm py-2 sm:grid-cols-[7.5rem_minmax(0,1fr)_auto] lg:grid-cols-[7.5rem_minmax(0,1fr)_9rem_7rem]"
      >
        <PlatformName slug={draft.platform} className="max-sm:order-2 max-sm:text-fine" />
        <span className="min-w-0 max-sm:order-1 max-sm:col-span-2">
          <span className="block truncate font-medium">{title}</span>
          <span className="block truncate text-note text-faint">
            {firstLine(excerptOf(draft))}
          </span>
        </span>
        <span className="hidden truncate text-note text-soft lg:block">{draft.core_idea.topic_category}</span>
        <span className="order-3 grid justify-items-end gap-0.5">
          <span className="flex items-center gap-2">
            {draft.moderation?.flagged && <FlaggedMark />}
            <StateLabel state={draft.state} />
          </span>
          <span className="figures text-fine text-faint max-sm:hidden">{formatMoment(draft.updated_at)}</span>
        </span>
      </Link>
    </li>
  )
}
