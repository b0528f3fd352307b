import { Button } from '@/components/button'
import { toast } from '@/components/toast'
import type { Draft } from '@/lib/api/drafts'
import type { State } from '@/lib/api/commands'
import { useLifecycle } from '@/lib/api/queries'
import { STATES } from '@/lib/states'
import { StateLabel } from '@/components/badges'
import { allows, obstacle, useSetState } from '../../api/state'

const TARGETS: readonly State[] = ['reviewed', 'ready', 'published']

/** Moves a draft once its text is saved, or says why it can't be. */
export function useDraftState(draft: Draft, save: () => Promise<void>): (state: State) => void {
  const lifecycle = useLifecycle()
  const { mutate } = useSetState()
  return (state) => {
    const reason = obstacle(lifecycle, draft, state)
    const mayOverride = state === 'ready' && reason !== null && allows(lifecycle, draft, state)
    if (mayOverride) toast({ text: reason, action: { label: 'Ready all the same', run: () => mutate({ drafts: [draft], state, override: true }) } })
    else if (reason) toast({ text: reason })
    else void save().then(() => mutate({ drafts: [draft], state }))
  }
}

export function StateButtons({ draft, onChoose }: { draft: Draft; onChoose: (state: State) => void }) {
  const lifecycle = useLifecycle()
  const reasons = TARGETS.map((state) => [state, obstacle(lifecycle, draft, state)] as const)
  const next = reasons.find(([, reason]) => !reason)?.[0]
  return (
    <>
      <StateLabel state={draft.state} className="mr-2" />
      {reasons.map(([state, reason]) => (
        <Button
          key={state}
          size="sm"
          look={state === next ? 'primary' : 'plain'}
          aria-disabled={reason ? true : undefined}
          title={reason ?? `${STATES[state].verb} (${STATES[state].key})`}
          onClick={() => onChoose(state)}
        >
          {STATES[state].verb}
        </Button>
      ))}
    </>
  )
}
