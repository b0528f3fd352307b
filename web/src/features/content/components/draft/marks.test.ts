import { expect, it } from 'vitest'
import { aClaim, aDraft } from '@/test/drafts'
import type { CheckResult, LiveCheck } from '../../api/check'
import { marksOf, segments } from './marks'

function check(of: string, findings: CheckResult['findings']): LiveCheck {
  return { of, isAway: false, result: { ok: false, counts: {}, metadata: {}, parts: [], findings } }
}
const finding = (start: number, end: number, severity: 'error' | 'warning' | 'info') => ({ rule: 'r', message: 'm', severity, start, end })
const marked = (text: string, live: LiveCheck, draft = aDraft()) => segments(text, marksOf(text, live, draft))

it('marks by code points, so that emoji before a finding shift nothing', () => {
  expect(marked('💡 bad end', check('💡 bad end', [finding(2, 5, 'error')]))).toEqual([
    { text: '💡 ', look: null },
    { text: 'bad', look: 'error' },
    { text: ' end', look: null },
  ])
})

it('shows the gravest where findings overlap', () => {
  const looks = marked('abcdef', check('abcdef', [finding(0, 4, 'info'), finding(2, 6, 'error')])).map(({ look }) => look)
  expect(looks).toEqual(['info', 'error', 'error'])
})

it('keeps the text whole, whatever is marked', () => {
  const text = 'one two three'
  const pieces = marked(text, check('one two', [finding(0, 3, 'warning'), finding(4, 7, 'error')]))
  expect(pieces.map((segment) => segment.text).join('')).toBe(text)
})

it('marks a claim until somebody answers for it, and finds it again behind an edit', () => {
  const draft = aDraft({ content_text: '40 % of 9', claims: [aClaim('40 %', 0), aClaim('9', 8, { settled: true })] })
  expect(marked('Now 40 % of 9', check('', []), draft)).toEqual([
    { text: 'Now ', look: null },
    { text: '40 %', look: 'claim' },
    { text: ' of 9', look: null },
  ])
})
