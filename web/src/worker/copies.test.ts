import { expect, it } from 'vitest'
import { personOf } from './copies'

const bearer = (claims: string) => `Bearer eyJhbGciOiJIUzI1NiJ9.${btoa(claims).replaceAll('=', '')}.signature`

it('reads whom a token is for', () => {
  expect(personOf(bearer('{"user_id":"u1","exp":1}'))).toBe('u1')
})

it('knows nobody without a readable token', () => {
  for (const header of [null, 'Bearer opaque', bearer('not json'), bearer('{"user_id":7}')]) expect(personOf(header)).toBeNull()
})
