import { describe, expect, it } from 'vitest'
import { followEdit, utf16Offset } from './text'

describe('utf16Offset', () => {
  it('counts an emoji as one code point and two units', () => {
    expect(utf16Offset('a💡b', 1)).toBe(1)
    expect(utf16Offset('a💡b', 2)).toBe(3)
  })
  it('stops at the end of the text', () => {
    expect(utf16Offset('ab', 9)).toBe(2)
  })
})

describe('followEdit', () => {
  const place = (before: string, word: string) => ({ start: before.indexOf(word), end: before.indexOf(word) + word.length })
  it('leaves a place before the edit', () => {
    expect(followEdit('one two', 'one two three', place('one two', 'one'))).toEqual({ start: 0, end: 3 })
  })
  it('shifts a place after the edit', () => {
    expect(followEdit('one two', 'zero one two', place('one two', 'two'))).toEqual({ start: 9, end: 12 })
  })
  it('gives up a place that the edit touched', () => {
    expect(followEdit('one two three', 'one 2 three', place('one two three', 'two'))).toBeNull()
  })
})
