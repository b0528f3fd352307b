/** Offsets, words and times of texts. The server counts Unicode code points; JavaScript strings count UTF-16 units. */

/** UTF-16 offset of a code point offset. */
export function utf16Offset(text: string, codePoints: number): number {
  let units = 0
  for (let seen = 0; seen < codePoints && units < text.length; seen++) {
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1
  }
  return units
}

export interface Range {
  start: number
  end: number
}

/** Where a range of `before` lies in `after`, which came from it by one edit; null if the edit touched it. */
export function followEdit(before: string, after: string, range: Range): Range | null {
  if (before === after) return range
  const shortest = Math.min(before.length, after.length)
  let head = 0
  while (head < shortest && before[head] === after[head]) head++
  let tail = 0
  while (tail < shortest - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  if (range.end <= head) return range
  if (range.start >= before.length - tail) {
    const shift = after.length - before.length
    return { start: range.start + shift, end: range.end + shift }
  }
  return null
}

export function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0
}

export const READING_WORDS_A_MINUTE = 230

export function readingMinutes(text: string): number {
  return countWords(text) / READING_WORDS_A_MINUTE
}

export function firstLine(text: string): string {
  return text.trimStart().split('\n', 1)[0] ?? ''
}
