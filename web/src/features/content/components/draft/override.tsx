import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import type { Draft } from '@/lib/api/drafts'
import { unsettled, useRules, useSetState } from '../../api/state'

/** To ready all the same: what stands against it, and that it is on record. */
export default function OverrideDialog({ draft, onClose }: { draft: Draft; onClose: () => void }) {
  const { mustSettle } = useRules()
  const { mutate, isPending } = useSetState()
  const broken = (draft.checks?.findings ?? []).filter(({ severity }) => severity === 'error')
  const open = mustSettle ? unsettled(draft) : []
  const override = () => mutate({ drafts: [draft], state: 'ready', override: true }, { onSettled: onClose })
  return (
    <Dialog title="Ready all the same?" onClose={onClose}>
      <div className="grid gap-5">
        {broken.length > 0 && (
          <section>
            <h3 className="font-semibold">It breaks what the platform enforces</h3>
            <ul className="mt-1.5 list-disc pl-5 text-soft">
              {broken.map(({ message }, index) => (
                <li key={index}>{message}</li>
              ))}
            </ul>
          </section>
        )}
        {open.length > 0 && (
          <section>
            <h3 className="font-semibold">Nobody has verified what it claims</h3>
            <ul className="mt-1.5 list-disc pl-5 break-words text-soft">
              {open.map(({ key, text }) => (
                <li key={key}>{text}</li>
              ))}
            </ul>
          </section>
        )}
        <p className="text-note text-faint">It is kept on record with the draft that you decided so, and when.</p>
        <div className="flex flex-wrap justify-end gap-2.5">
          <Button look="danger" disabled={isPending} onClick={override}>
            Ready all the same
          </Button>
          <Button look="primary" onClick={onClose}>
            Back to the text
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
