import type { Platform } from '@/lib/api/queries'

/** Reads what a platform announces of how it looks. All of it is optional: what isn't there isn't shown. */
type Announced = Record<string, unknown>

function object(value: unknown): Announced {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Announced) : {}
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function pair(value: unknown): [number, number] | null {
  const [low, high] = Array.isArray(value) ? [number(value[0]), number(value[1])] : [null, null]
  return low !== null && high !== null ? [low, high] : null
}

export function kindOf({ preview }: Platform): string {
  return typeof preview?.kind === 'string' ? preview.kind : 'post'
}

/** How many lines a device shows before the reader asks for more; null if it shows all. */
export function foldLines({ preview }: Platform, device: string): number | null {
  return number(object(object(preview?.fold)[device]).lines)
}

export interface Section {
  name: string
  heading: string
  seconds: [number, number] | null
}

export function sectionsOf({ preview }: Platform): Section[] {
  if (!Array.isArray(preview?.sections)) return []
  return preview.sections.flatMap((section) => {
    const { name, heading, seconds } = object(section)
    if (typeof name !== 'string') return []
    return [{ name, heading: typeof heading === 'string' ? heading.replace(/:$/, '') : name, seconds: pair(seconds) }]
  })
}

export function totalSeconds({ preview }: Platform): [number, number] | null {
  return pair(preview?.total)
}

export function wordsAMinute({ preview }: Platform): number {
  return number(preview?.words_per_minute) ?? 150
}

/** The network's own editor with a text in it; null if it has no such address, or none for this much of it. */
export function composeLink({ preview }: Platform, of: 'text' | 'part', text: string): string | null {
  const compose = object(preview?.compose)
  if (compose.of !== of || typeof compose.url !== 'string' || !compose.url.startsWith('https://')) return null
  return compose.url.replace('{text}', encodeURIComponent(text))
}

/** One rule as announced: what it says, and where it comes from. */
export function ruleOf({ limits }: Platform, name: string): { says: string; source: string; dates: string } | null {
  const { says, source, since, checked } = object(limits?.[name])
  if (typeof says !== 'string') return null
  const dates = [typeof since === 'string' && `since ${since}`, typeof checked === 'string' && `checked ${checked}`]
  return { says, source: typeof source === 'string' ? source : '', dates: dates.filter((date) => date !== false).join(', ') }
}

/** What a check read out of a script. */
export function scriptOf(metadata: Announced | undefined): {
  texts: Record<string, string>
  seconds: Record<string, number>
  total: number
  scenes: string[]
} {
  const texts = Object.entries(object(metadata?.sections)).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  const { total, ...seconds } = object(metadata?.duration_estimate)
  return {
    texts: Object.fromEntries(texts),
    seconds: Object.fromEntries(Object.entries(seconds).map(([name, value]) => [name, number(value) ?? 0])),
    total: number(total) ?? 0,
    scenes: Array.isArray(metadata?.scene_suggestions) ? metadata.scene_suggestions.map(String) : [],
  }
}
