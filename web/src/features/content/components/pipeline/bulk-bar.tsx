import { Button, IconButton } from '@/components/button'
import { copy } from '@/lib/clipboard'
import type { Draft } from '@/lib/api/drafts'
import type { State } from '@/lib/api/commands'
import { plural } from '@/lib/format'
import { STATES } from '@/lib/states'
import { obstacle, useRules, useSetState } from '../../api/state'

const TARGETS: readonly State[] = ['reviewed', 'ready', 'published']

/** What can be done to all that are selected. */
export function BulkBar({ selected, onDone }: { selected: readonly Draft[]; onDone: () => void }) {
  const rules = useRules()
  const { mutate, isPending } = useSetState()
  if (selected.length === 0) return null
  return (
    <div
      role="toolbar"
      aria-label="Selected drafts"
      className="fixed inset-x-3 bottom-20 z-20 mx-auto flex max-w-3xl animate-[rise_.18s_var(--ease-out)] flex-wrap items-center gap-2 rounded-lg border border-line bg-surface p-2.5 pl-4 shadow-float md:bottom-6"
    >
      <p className="figures mr-auto font-medium">{plural(selected.length, 'draft')}</p>
      {TARGETS.map((state) => {
        const able = selected.filter((draft) => !obstacle(rules, draft, state))
        return (
          <Button
            key={state}
            size="sm"
            disabled={isPending || able.length === 0}
            title={able.length === 0 ? obstacle(rules, selected[0] as Draft, state) ?? undefined : undefined}
            onClick={() => mutate({ drafts: able, state }, { onSuccess: onDone })}
          >
            {STATES[state].verb}
            {able.length < selected.length && able.length > 0 && <span className="figures text-faint">{able.length}</span>}
          </Button>
        )
      })}
      <Button
        size="sm"
        icon="copy"
        onClick={() => void copy(selected.map(({ content_text }) => content_text).join('\n\n\n'), plural(selected.length, 'text'))}
      >
        Copy
      </Button>
      <IconButton icon="close" label="Select none" onClick={onDone} />
    </div>
  )
}
