import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'
import { aClaim, aDraft, show } from '@/test/drafts'
import { Claims, focusNextClaim } from './claims'

const draft = aDraft({
  content_text: '40 % of 9 teams, says Ann',
  claims: [aClaim('40 %', 0, { kind: 'percentage' }), aClaim('9', 8), aClaim('Ann', 22, { given: true, settled: true })],
})
afterEach(() => vi.unstubAllGlobals())

it('asks for a tick at each claim that is not the person’s own', () => {
  show(<Claims draft={draft} text={draft.content_text ?? ''} isFrozen={false} onShow={vi.fn()} />)
  expect(screen.getAllByRole('checkbox')).toHaveLength(2)
  expect(screen.getByRole('status')).toHaveTextContent('2 of 2 to verify')
  expect(screen.getByText(/1 claim from your own idea: Ann/)).toBeInTheDocument()
})

it('tells the server what was ticked', async () => {
  const server = vi.fn<typeof fetch>(() => Promise.resolve(Response.json(draft)))
  vi.stubGlobal('fetch', server)
  show(<Claims draft={draft} text={draft.content_text ?? ''} isFrozen={false} onShow={vi.fn()} />)
  await userEvent.click(screen.getByRole('checkbox', { name: /40 %/ }))
  const request = server.mock.calls[0]?.[0] as Request
  expect(request.method).toBe('PATCH')
  expect(await request.json()).toEqual({ keys: ['number:40 %'], settled: true })
})

it('goes from one open claim to the next by key, and leads to its place', async () => {
  const onShow = vi.fn()
  show(<Claims draft={draft} text={draft.content_text ?? ''} isFrozen={false} onShow={onShow} />)
  focusNextClaim()
  focusNextClaim()
  expect(screen.getByRole('checkbox', { name: /9 Figure/ })).toHaveFocus()
  await userEvent.click(screen.getByRole('button', { name: 'Show in the text: 9' }))
  expect(onShow).toHaveBeenCalledWith({ start: 8, end: 9 })
})
