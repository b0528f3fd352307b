import { useId } from 'react'
import { StateLabel } from '@/components/badges'
import { Button } from '@/components/button'
import { toast } from '@/components/toast'
import type { Draft } from '@/lib/api/drafts'
import type { State } from '@/lib/api/commands'
import { STATES } from '@/lib/states'
import { allows, obstacle, useRules, useSetState } from '../../api/state'

const TARGETS: readonly State[] = ['reviewed', 'ready', 'published']

/** Moves a draft once its text is saved; where only a rule or a claim is in the way, the person is asked. */
export function useDraftState(draft: Draft, save: () => Promise<void>, askToOverride: () => void): (state: State) => void {
  const rules = useRules()
  const { mutate } = useSetState()
  return (state) => {
    const reason = obstacle(rules, draft, state)
    if (reason && allows(rules, draft, state)) askToOverride()
    else if (reason) toast({ text: reason })
    else void save().then(() => mutate({ drafts: [draft], state }))
  }
}

export function StateButtons({ draft, onChoose }: { draft: Draft; onChoose: (state: State) => void }) {
  const rules = useRules()
  const id = useId()
  const reasons = TARGETS.map((state) => [state, obstacle(rules, draft, state)] as const)
  const next = reasons.find(([state, reason]) => !reason && TARGETS.indexOf(state) > TARGETS.indexOf(draft.state))?.[0]
  return (
    <>
      <StateLabel state={draft.state} className="mr-2" />
      {reasons.map(([state, reason]) => (
        <span key={state} className="contents">
          <Button
            size="sm"
            look={state === next ? 'primary' : 'plain'}
            aria-disabled={reason ? true : undefined}
            aria-describedby={reason ? `${id}-${state}` : undefined}
            title={reason ?? `${STATES[state].verb} (${STATES[state].key})`}
            onClick={() => onChoose(state)}
          >
            {STATES[state].verb}
          </Button>
          {reason && (
            <span id={`${id}-${state}`} hidden>
              {reason}
            </span>
          )}
        </span>
      ))}
    </>
  )
}

/** What keeps a draft from being ready, where that is the text and not its state. */
export function ReadyNote({ draft, onOverride }: { draft: Draft; onOverride: () => void }) {
  const rules = useRules()
  const reason = obstacle(rules, draft, 'ready')
  if (!reason || !allows(rules, draft, 'ready')) return null
  return (
    <p className="flex flex-wrap items-baseline gap-x-3 text-note text-warn">
      <span>Not ready yet. {reason}</span>
      <button type="button" className="font-medium text-ink underline underline-offset-3" onClick={onOverride}>
        See what, or override
      </button>
    </p>
  )
}
