import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it, vi } from 'vitest'
import type { Platform } from '@/lib/api/queries'
import { show } from '@/test/drafts'
import type { LiveCheck } from '../../api/check'
import { Findings } from './findings'

const platform: Platform = { slug: 'x', name: 'X', limits: { length: { says: 'At most 280.', source: 'X says so.', since: '2024-02' } }, preview: {} }
const check: LiveCheck = {
  of: 'a text',
  isAway: false,
  result: {
    ok: false,
    counts: {},
    metadata: {},
    parts: [],
    findings: [
      { rule: 'tone', severity: 'warning', message: 'Sounds like an advertisement' },
      { rule: 'length', severity: 'error', message: 'Too long', start: 2, end: 6 },
    ],
  },
}

it('says the gravest first, explains the rule, and leads to the place', async () => {
  const onShow = vi.fn()
  show(<Findings check={check} text="a text" platform={platform} onShow={onShow} onFix={vi.fn()} />)
  const lines = screen.getAllByRole('listitem')
  expect(lines[0]).toHaveTextContent('Too long')
  expect(lines[0]).toHaveTextContent('At most 280.X says so. (since 2024-02)')
  await userEvent.click(screen.getByRole('button', { name: 'Show' }))
  expect(onShow).toHaveBeenCalledWith({ start: 2, end: 6 })
})

it('says that the text is safe when the rules can’t be asked', () => {
  show(<Findings check={{ of: '', result: null, isAway: true }} text="" platform={platform} onShow={vi.fn()} onFix={vi.fn()} />)
  expect(screen.getByRole('status')).toHaveTextContent('saved all the same')
})

it('mends what can be mended by a click, from the end of the text on', async () => {
  const onFix = vi.fn()
  const fixable = (start: number, end: number, fix: string) => ({ rule: 'r', severity: 'warning' as const, message: 'm', start, end, fix })
  const findings = [fixable(0, 1, 'A'), fixable(2, 6, 'TEXT')]
  const both: LiveCheck = { ...check, result: { ok: true, counts: {}, metadata: {}, parts: [], findings } }
  show(<Findings check={both} text="a text" platform={platform} onShow={vi.fn()} onFix={onFix} />)
  await userEvent.click(screen.getByRole('button', { name: 'Fix all 2' }))
  expect(onFix.mock.calls).toEqual([
    [{ start: 2, end: 6 }, 'TEXT'],
    [{ start: 0, end: 1 }, 'A'],
  ])
})
