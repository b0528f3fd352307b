import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { authorized } from './client'
import { session } from './session'

const answer = (status: number, body: unknown = {}) => new Response(JSON.stringify(body), { status })
const ask = () => authorized(new Request('http://localhost/api/v1/content'))

function serve(...answers: Response[]) {
  const server = vi.fn<typeof fetch>()
  for (const one of answers) server.mockResolvedValueOnce(one)
  vi.stubGlobal('fetch', server)
  return server
}
const authorizationOf = (request: unknown) => (request as Request).headers.get('Authorization')

beforeEach(() => session.begin('old'))
afterEach(() => vi.unstubAllGlobals())

it('sends the token', async () => {
  const server = serve(answer(200))
  await ask()
  expect(authorizationOf(server.mock.calls[0]?.[0])).toBe('Bearer old')
})

it('refreshes once on 401 and asks again with the new token', async () => {
  const server = serve(answer(401), answer(200, { access_token: 'new' }), answer(200))
  expect((await ask()).status).toBe(200)
  expect(authorizationOf(server.mock.calls[2]?.[0])).toBe('Bearer new')
})

it('asks for one new token, however many requests were refused', async () => {
  const server = vi.fn<typeof fetch>((input) =>
    Promise.resolve(
      typeof input === 'string'
        ? answer(200, { access_token: 'new' })
        : answer(authorizationOf(input) === 'Bearer new' ? 200 : 401),
    ),
  )
  vi.stubGlobal('fetch', server)
  const statuses = (await Promise.all([ask(), ask(), ask()])).map(({ status }) => status)
  expect(statuses).toEqual([200, 200, 200])
  expect(server.mock.calls.filter(([input]) => typeof input === 'string')).toHaveLength(1)
})

it('ends the session as expired when no new token is given', async () => {
  serve(answer(401), answer(401))
  expect((await ask()).status).toBe(401)
  expect(session.get()).toEqual({ status: 'signed-out', expired: true })
})

it('keeps the session when nobody answers', async () => {
  const server = serve(answer(401))
  server.mockRejectedValueOnce(new TypeError('Failed to fetch'))
  await expect(ask()).rejects.toThrow(TypeError)
  expect(session.get().status).toBe('signed-in')
})
