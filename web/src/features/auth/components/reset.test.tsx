import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'
import { show } from '@/test/drafts'
import Reset from './reset'

afterEach(() => {
  vi.unstubAllGlobals()
  location.hash = ''
})

it('sends the token of the link, and leaves it in no address', async () => {
  location.hash = '#token=abc'
  const server = vi.fn<typeof fetch>(() => Promise.resolve(new Response(null, { status: 204 })))
  vi.stubGlobal('fetch', server)
  show(<Reset />)
  expect(location.hash).toBe('')
  await userEvent.type(screen.getByLabelText('New password'), 'correct horse battery')
  await userEvent.click(screen.getByRole('button', { name: 'Set the password' }))
  expect(await screen.findByRole('link', { name: 'Sign in' })).toBeInTheDocument()
  expect(await (server.mock.calls[0]?.[0] as Request).json()).toEqual({ token: 'abc', password: 'correct horse battery' })
})

it('offers another link where this one is used up', async () => {
  location.hash = '#token=old'
  const problem = { title: 'Invalid', errors: [{ field: 'token', message: 'is used up' }] }
  vi.stubGlobal('fetch', vi.fn(() => Promise.resolve(Response.json(problem, { status: 422 }))))
  show(<Reset />)
  await userEvent.type(screen.getByLabelText('New password'), 'correct horse battery')
  await userEvent.click(screen.getByRole('button', { name: 'Set the password' }))
  expect(await screen.findByRole('link', { name: 'Send me another link' })).toBeInTheDocument()
})
