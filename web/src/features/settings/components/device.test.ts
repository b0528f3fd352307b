import { expect, it } from 'vitest'
import { deviceOf } from './device'

it('names browser and system, or says what it was told', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36'
  expect(deviceOf(chrome)).toBe('Chrome on Linux')
  expect(deviceOf(`${chrome} Edg/142.0`)).toBe('Edge on Linux')
  expect(deviceOf('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1')).toBe('Safari on iOS')
  expect(deviceOf('curl/8.5.0')).toBe('curl/8.5.0')
  expect(deviceOf('')).toBe('Unknown device')
})
