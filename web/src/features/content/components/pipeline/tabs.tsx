import { StateGlyph } from '@/components/badges'
import type { State } from '@/lib/api/commands'
import { classes } from '@/lib/classes'
import { ALL_STATES, PIPELINE, STATES } from '@/lib/states'

export function StateTabs({
  totals,
  state,
  onChange,
}: {
  totals: Partial<Record<State, number>>
  state: State | null
  onChange: (state: State | null) => void
}) {
  const all = PIPELINE.every((known) => totals[known] !== undefined)
    ? PIPELINE.reduce((sum, known) => sum + (totals[known] ?? 0), 0)
    : undefined
  const shown = ALL_STATES.filter((known) => known !== 'failed' || totals.failed || state === 'failed')
  return (
    <div role="group" aria-label="State" className="mt-6 flex overflow-x-auto border-b border-line">
      <Tab isOn={state === null} onClick={() => onChange(null)} count={all}>
        All
      </Tab>
      {shown.map((known) => (
        <Tab key={known} isOn={state === known} onClick={() => onChange(known)} count={totals[known]}>
          <StateGlyph state={known} />
          {STATES[known].label}
        </Tab>
      ))}
    </div>
  )
}

function Tab({
  isOn,
  onClick,
  count,
  children,
}: {
  isOn: boolean
  onClick: () => void
  count: number | undefined
  children: React.ReactNode
}) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      onClick={onClick}
      className={classes(
        'flex h-11 shrink-0 items-center gap-1.5 px-3.5 text-note font-medium whitespace-nowrap -outline-offset-2',
        isOn ? 'text-ink shadow-[inset_0_-3px_0_var(--color-mark)]' : 'text-soft hover:text-ink',
      )}
    >
      {children}
      <span className="figures min-w-4 text-faint">{count?.toLocaleString() ?? ''}</span>
    </button>
  )
}
