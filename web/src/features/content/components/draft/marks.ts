import type { Claim, Draft } from '@/lib/api/drafts'
import { followEdit, utf16Offset, type Range } from '@/lib/text'
import type { Finding, LiveCheck } from '../../api/check'

export type Severity = Finding['severity']
export type Look = Severity | 'claim'

export interface Mark extends Range {
  look: Look
}

export interface Segment {
  text: string
  look: Look | null
}

const WEIGHT: Record<Look, number> = { claim: 0, info: 1, warning: 2, error: 3 }

/** Where in the text that is shown a finding or claim lies; null for one about the whole, or whose place was edited since. */
export function rangeOf({ start, end }: Pick<Finding | Claim, 'start' | 'end'>, of: string, text: string): Range | null {
  if (start == null || end == null) return null
  return followEdit(of, text, { start: utf16Offset(of, start), end: utf16Offset(of, end) })
}

/** What is to be marked in the text: where the findings lie, and the claims that nobody has answered for. */
export function marksOf(text: string, check: LiveCheck, draft: Pick<Draft, 'claims' | 'content_text'>): Mark[] {
  const place = (look: Look, range: Range | null) => (range && range.end > range.start ? [{ ...range, look }] : [])
  return [
    ...(check.result?.findings ?? []).flatMap((finding) => place(finding.severity, rangeOf(finding, check.of, text))),
    ...draft.claims.filter(({ settled }) => !settled).flatMap((claim) => place('claim', rangeOf(claim, draft.content_text ?? '', text))),
  ]
}

/** The text cut into pieces, each with the gravest of the marks that lie on it. */
export function segments(text: string, marks: readonly Mark[]): Segment[] {
  const cuts = [...new Set([0, text.length, ...marks.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b)
  return cuts.slice(0, -1).map((start, index) => {
    const end = cuts[index + 1] ?? text.length
    const covering = marks.filter((range) => range.start < end && range.end > start)
    const look = covering.reduce<Look | null>(
      (worst, { look }) => (worst && WEIGHT[worst] >= WEIGHT[look] ? worst : look),
      null,
    )
    return { text: text.slice(start, end), look }
  })
}
