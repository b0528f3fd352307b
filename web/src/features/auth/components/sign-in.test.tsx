import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'
import { session } from '@/lib/api/session'
import { show } from '@/test/drafts'
import SignIn, { safePath } from './sign-in'

afterEach(() => vi.unstubAllGlobals())

it('goes back only to a path of our own', () => {
  expect(safePath('/drafts/1?x=2')).toBe('/drafts/1?x=2')
  for (const elsewhere of ['//evil.example', '/\\evil.example', 'https://evil.example', null]) {
    expect(safePath(elsewhere)).toBe('/')
  }
})

it('says in the server’s words why it refused', async () => {
  session.end(true)
  const problem = { title: 'E-mail address or password is wrong', detail: 'No account has this e-mail address and password.' }
  vi.stubGlobal('fetch', vi.fn(() => Promise.resolve(Response.json(problem, { status: 401 }))))
  show(<SignIn />)
  expect(screen.getByText(/Your session has ended/)).toBeInTheDocument()
  await userEvent.type(screen.getByRole('textbox', { name: 'E-mail address' }), 'ann@example.com')
  await userEvent.type(screen.getByLabelText('Password'), 'a wrong password')
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('No account has this')
})
