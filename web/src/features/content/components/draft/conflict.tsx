import type { VersionedDraft } from '@/lib/api/drafts'
import { formatMoment } from '@/lib/format'
import { SideBySide } from './side-by-side'

/** The draft was saved elsewhere while it was written here: nothing is overwritten in silence. */
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
    <SideBySide
      title="This draft was changed elsewhere"
      mine={{ title: 'Yours', text: mine, choose: 'Keep mine', onChoose: keepMine }}
      other={{
        title: 'The saved one',
        text: other,
        choose: 'Take the saved one',
        onChoose: () => onSettle(other, theirs),
      }}
      onClose={keepMine}
    >
      {`Another tab or device saved a different text at ${formatMoment(theirs.draft.updated_at)}. Nothing is lost: choose which one stands. The other stays among the versions.`}
    </SideBySide>
  )
}
