import { Icon } from '@/components/icons'
import type { Platform } from '@/lib/api/queries'
import { classes } from '@/lib/classes'
import type { Range } from '@/lib/text'
import { Button } from '@/components/button'
import type { Finding, LiveCheck } from '../../api/check'
import { ruleOf } from '../preview/description'
import { rangeOf, type Severity } from './marks'

const LOOKS: Record<Severity, { ink: string; word: string }> = {
  error: { ink: 'text-bad', word: 'Must change' },
  warning: { ink: 'text-warn', word: 'Should change' },
  info: { ink: 'text-info', word: 'Good to know' },
}
const ORDER: readonly Severity[] = ['error', 'warning', 'info']

interface Fix {
  range: Range
  text: string
}

/** What to put where to mend a finding; null where that takes a person. */
function fixOf(finding: Finding, of: string, text: string): Fix | null {
  const range = rangeOf(finding, of, text)
  return range && finding.fix != null ? { range, text: finding.fix } : null
}

/** From the end of the text on, so that no fix moves the place of another; none twice over the same place. */
function inOrder(fixes: readonly Fix[]): Fix[] {
  const last = fixes.toSorted((a, b) => b.range.start - a.range.start)
  return last.filter(({ range }, index) => !last.slice(0, index).some((later) => later.range.start < range.end))
}

/** What the platform's rules say of the text; a finding with a place leads there, one with a fix is mended by a click. */
export function Findings({
  check,
  text,
  platform,
  isFrozen = false,
  onShow,
  onFix,
}: {
  check: LiveCheck
  text: string
  platform: Platform
  isFrozen?: boolean
  onShow: (range: Range) => void
  onFix: (range: Range, text: string) => void
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
  const fixes = isFrozen ? [] : findings.flatMap((finding) => fixOf(finding, check.of, text) ?? [])
  return (
    <section aria-label="Findings" className="mt-4">
      {fixes.length > 1 && (
        <div className="mb-2 flex justify-end">
          <Button size="sm" icon="spark" onClick={() => inOrder(fixes).forEach((fix) => onFix(fix.range, fix.text))}>
            Fix all {fixes.length}
          </Button>
        </div>
      )}
      <ul className="divide-y divide-line border-y border-line">
        {findings.map((finding, index) => (
          <FindingLine
            key={index}
            finding={finding}
            rule={ruleOf(platform, finding.rule)}
            range={rangeOf(finding, check.of, text)}
            fix={isFrozen ? null : fixOf(finding, check.of, text)}
            onShow={onShow}
            onFix={onFix}
          />
        ))}
      </ul>
    </section>
  )
}

function FindingLine({
  finding,
  rule,
  range,
  fix,
  onShow,
  onFix,
}: {
  finding: Finding
  rule: ReturnType<typeof ruleOf>
  range: Range | null
  fix: Fix | null
  onShow: (range: Range) => void
  onFix: (range: Range, text: string) => void
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
            <p className="mt-1 break-words">{rule.says}</p>
            <p className="mt-1 break-words">
              {rule.source} {rule.dates && <span className="figures">({rule.dates})</span>}
            </p>
          </details>
        )}
      </div>
      <div className="flex shrink-0 items-center gap-4">
        {range && (
          <button type="button" className="font-medium underline underline-offset-3" onClick={() => onShow(range)}>
            Show
          </button>
        )}
        {fix && (
          <Button size="sm" title={fix.text ? `Puts “${fix.text}” in its place` : 'Takes it out'} onClick={() => onFix(fix.range, fix.text)}>
            Fix
          </Button>
        )}
      </div>
    </li>
  )
}
