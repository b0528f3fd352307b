import type { CSSProperties } from 'react'
import type { Platform } from './api/queries'

/** The colour that a platform announces, else one of its own that follows from its slug. */
export function accentOf({ slug, preview }: Pick<Platform, 'slug' | 'preview'>): string {
  const announced = preview?.accent
  if (typeof announced === 'string' && CSS.supports('color', announced)) return announced
  let hash = 0
  for (const character of slug) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  return `oklch(0.58 0.15 ${hash % 360})`
}

export function accentStyle(platform: Pick<Platform, 'slug' | 'preview'>): CSSProperties {
  return { '--accent': accentOf(platform) } as CSSProperties
}
