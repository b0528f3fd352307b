import { expect, it } from 'vitest'
import type { CheckResult, LiveCheck } from '../../api/check'
import { segments } from './marks'

function check(of: string, findings: CheckResult['findings']): LiveCheck {
  return { of, isAway: false, result: { ok: false, counts: {}, metadata: {}, parts: [], findings } }
}
const finding = (start: number, end: number, severity: 'error' | 'warning' | 'info') => ({ rule: 'r', message: 'm', severity, start, end })

it('marks by code points, so that emoji before a finding shift nothing', () => {
  expect(segments('💡 bad end', check('💡 bad end', [finding(2, 5, 'error')]))).toEqual([
    { text: '💡 ', severity: null },
    { text: 'bad', severity: 'error' },
    { text: ' end', severity: null },
  ])
})

it('shows the gravest where findings overlap', () => {
  const marked = segments('abcdef', check('abcdef', [finding(0, 4, 'info'), finding(2, 6, 'error')]))
  expect(marked.map(({ severity }) => severity)).toEqual(['info', 'error', 'error'])
})

it('keeps the text whole, whatever is marked', () => {
  const text = 'one two three'
  const marked = segments(text, check('one two', [finding(0, 3, 'warning'), finding(4, 7, 'error')]))
  expect(marked.map((segment) => segment.text).join('')).toBe(text)
})
