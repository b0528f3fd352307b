import { expect, it } from 'vitest'
import { session } from './session'

it('is expected where the gateway says that somebody is signed in, until they are not', () => {
  expect(session.isExpected()).toBe(false)
  document.cookie = 'polycast_signed_in=1; path=/'
  expect(session.isExpected()).toBe(true)
  session.end()
  expect(session.isExpected()).toBe(false)
})
