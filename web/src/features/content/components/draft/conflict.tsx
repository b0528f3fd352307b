import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import type { VersionedDraft } from '@/lib/api/drafts'
import { formatMoment } from '@/lib/format'
import { WordDiff } from './diff'

/** Two texts for one draft: the reader chooses, nothing is overwritten in silence. */
export default function ConflictDialog({
  mine,
  theirs,
  onSettle,
}: {
  mine: string
  theirs: VersionedDraft
  onSettle: (kept: string, theirs: VersionedDraft) => void
}) {
  const other = theirs.draft.content_text ?? ''
  const keepMine = () => onSettle(mine, theirs)
  return (
    <Dialog title="This draft was changed elsewhere" wide onClose={keepMine}>
      <p className="text-soft">
        Another tab or device saved a different text at {formatMoment(theirs.draft.updated_at)}. Nothing is lost: choose
        which one stands. The other stays among the versions.
      </p>
      <div className="mt-5 grid gap-5 sm:grid-cols-2">
        <section aria-label="Yours" className="rounded-md border border-line p-4">
          <h3 className="mb-2 font-semibold">Yours</h3>
          <p className="text-note break-words whitespace-pre-wrap">{mine}</p>
        </section>
        <section aria-label="The saved one" className="rounded-md border border-line p-4">
          <h3 className="mb-2 font-semibold">The saved one, against yours</h3>
          <WordDiff before={mine} after={other} />
        </section>
      </div>
      <div className="mt-6 flex flex-wrap justify-end gap-2.5">
        <Button onClick={() => onSettle(other, theirs)}>Take the saved one</Button>
        <Button look="primary" onClick={keepMine}>
          Keep mine
        </Button>
      </div>
    </Dialog>
  )
}
