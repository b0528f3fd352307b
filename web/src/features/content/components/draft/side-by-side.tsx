import { diffWords } from 'diff'
import { useMemo, useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { WordDiff } from './diff'

interface Side {
  title: string
  text: string
  /** What its button says. */
  choose: string
  onChoose: () => void
}

/** Below this, marking each word hides the text. */
const ALIKE = 0.5

/** How much of the longer text both have, from 0 to 1. */
export function likeness(before: string, after: string): number {
  const common = diffWords(before, after).reduce((sum, { added, removed, value }) => sum + (added || removed ? 0 : value.length), 0)
  return common / Math.max(before.length, after.length, 1)
}

/** Two texts for one draft: the reader chooses which one stands. */
export function SideBySide({
  title,
  children,
  mine,
  other,
  onClose,
}: {
  title: string
  children: string
  mine: Side
  other: Side
  onClose: () => void
}) {
  const areAlike = useMemo(() => likeness(mine.text, other.text) >= ALIKE, [mine.text, other.text])
  const [isMarked, setMarked] = useState(areAlike)
  return (
    <Dialog title={title} wide onClose={onClose}>
      <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-2">
        <p className="max-w-xl text-soft">{children}</p>
        <label className="flex items-center gap-2 text-note font-medium">
          <input type="checkbox" className="size-4" checked={isMarked} onChange={(event) => setMarked(event.target.checked)} />
          Mark what differs
        </label>
      </div>
      <div className="mt-5 grid gap-5 sm:grid-cols-2">
        <section aria-label={mine.title} className="rounded-md border border-line p-4">
          <h3 className="mb-2 font-semibold">{mine.title}</h3>
          <p className="text-note break-words whitespace-pre-wrap">{mine.text}</p>
        </section>
        <section aria-label={other.title} className="rounded-md border border-line p-4">
          <h3 className="mb-2 font-semibold">{other.title}</h3>
          {isMarked ? (
            <WordDiff before={mine.text} after={other.text} />
          ) : (
            <p className="text-note break-words whitespace-pre-wrap">{other.text}</p>
          )}
        </section>
      </div>
      <div className="sticky -bottom-6 -mx-6 mt-5 -mb-6 flex flex-wrap justify-end gap-2.5 border-t border-line bg-surface px-6 py-4">
        <Button onClick={other.onChoose}>{other.choose}</Button>
        <Button look="primary" onClick={mine.onChoose}>
          {mine.choose}
        </Button>
      </div>
    </Dialog>
  )
}
