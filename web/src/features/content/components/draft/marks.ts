import { followEdit, utf16Offset, type Range } from '@/lib/text'
import type { Finding, LiveCheck } from '../../api/check'

export type Severity = Finding['severity']

export interface Segment {
  text: string
  severity: Severity | null
}

const WEIGHT: Record<Severity, number> = { info: 1, warning: 2, error: 3 }

/** Where in the text that is shown a finding lies; null for one about the whole, or whose place was edited since. */
export function rangeOf(finding: Finding, of: string, text: string): Range | null {
  if (finding.start == null || finding.end == null) return null
  const range = { start: utf16Offset(of, finding.start), end: utf16Offset(of, finding.end) }
  return followEdit(of, text, range)
}

/** The text cut into pieces, each with the gravest of the findings that lie on it. */
export function segments(text: string, check: LiveCheck): Segment[] {
  const placed = (check.result?.findings ?? []).flatMap((finding) => {
    const range = rangeOf(finding, check.of, text)
    return range && range.end > range.start ? [{ ...range, severity: finding.severity }] : []
  })
  const cuts = [...new Set([0, text.length, ...placed.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b)
  return cuts.slice(0, -1).map((start, index) => {
    const end = cuts[index + 1] ?? text.length
    const covering = placed.filter((range) => range.start < end && range.end > start)
    const severity = covering.reduce<Severity | null>(
      (worst, { severity }) => (worst && WEIGHT[worst] >= WEIGHT[severity] ? worst : severity),
      null,
    )
    return { text: text.slice(start, end), severity }
  })
}
