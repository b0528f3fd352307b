import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useEffect } from 'react'
import { expect, it, vi } from 'vitest'
import { listenForShortcuts, useShortcuts } from './shortcuts'

function Page({ run }: { run: () => void }) {
  useEffect(listenForShortcuts, [])
  useShortcuts('Page', { r: { label: 'Review', run } })
  return <input aria-label="Text" />
}
function Inner({ run }: { run: () => void }) {
  useShortcuts('Inner', { r: { label: 'Inner', run } })
  return null
}

it('runs on its key, but not while somebody types', async () => {
  const run = vi.fn()
  render(<Page run={run} />)
  await userEvent.keyboard('r')
  expect(run).toHaveBeenCalledOnce()
  await userEvent.type(screen.getByRole('textbox', { name: 'Text' }), 'r')
  expect(run).toHaveBeenCalledOnce()
})

it('leaves a key to what is open last', async () => {
  const outer = vi.fn()
  const inner = vi.fn()
  const { rerender } = render(<Page run={outer} />)
  rerender(
    <>
      <Page run={outer} />
      <Inner run={inner} />
    </>,
  )
  await userEvent.keyboard('r')
  expect(inner).toHaveBeenCalledOnce()
  expect(outer).not.toHaveBeenCalled()
})
