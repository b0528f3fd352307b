import { Icon } from '@/components/icons'
import type { Platform } from '@/lib/api/queries'
import { classes } from '@/lib/classes'
import type { Range } from '@/lib/text'
import type { Finding, LiveCheck } from '../../api/check'
import { ruleOf } from '../preview/description'
import { rangeOf, type Severity } from './marks'

const LOOKS: Record<Severity, { ink: string; word: string }> = {
  error: { ink: 'text-bad', word: 'Must change' },
  warning: { ink: 'text-warn', word: 'Should change' },
  info: { ink: 'text-info', word: 'Good to know' },
}
const ORDER: readonly Severity[] = ['error', 'warning', 'info']

/** What the platform's rules say of the text; a finding with a place leads there. */
export function Findings({
  check,
  text,
  platform,
  onShow,
}: {
  check: LiveCheck
  text: string
  platform: Platform
  onShow: (range: Range) => void
}) {
  if (check.isAway) {
    return (
      <p role="status" className="mt-4 text-note text-warn">
        {platform.name}’s rules can’t be asked right now. Your text is saved all the same.
      </p>
    )
  }
  if (!check.result) return <p className="mt-4 text-note text-faint">Checking…</p>
  const findings = (check.result.findings ?? []).toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
  if (findings.length === 0) {
    return (
      <p role="status" className="mt-4 flex items-center gap-2 text-note text-good">
        <Icon name="check" /> Keeps every rule of {platform.name}.
      </p>
    )
  }
  return (
    <section aria-label="Findings" className="mt-4">
      <ul className="divide-y divide-line border-y border-line">
        {findings.map((finding, index) => (
          <FindingLine key={index} finding={finding} rule={ruleOf(platform, finding.rule)} range={rangeOf(finding, check.of, text)} onShow={onShow} />
        ))}
      </ul>
    </section>
  )
}

function FindingLine({
  finding,
  rule,
  range,
  onShow,
}: {
  finding: Finding
  rule: ReturnType<typeof ruleOf>
  range: Range | null
  onShow: (range: Range) => void
}) {
  const { ink, word } = LOOKS[finding.severity]
  return (
    <li className="flex items-start justify-between gap-4 py-2.5 text-note">
      <div>
        <p>
          <span className={classes('mr-2 font-semibold', ink)}>{word}</span>
          {finding.message}
        </p>
        {rule && (
          <details className="mt-1 text-faint">
            <summary>Why this rule</summary>
            <p className="mt-1">
              {rule.says} {rule.source}
            </p>
          </details>
        )}
      </div>
      {range && (
        <button type="button" className="shrink-0 font-medium underline underline-offset-3" onClick={() => onShow(range)}>
          Show
        </button>
      )}
    </li>
  )
}
