import type { Draft } from './api/drafts'

/** A draft's beginning as one reads it: without the headings of its parts. */
export function excerptOf({ content_text, error }: Pick<Draft, 'content_text' | 'error'>): string {
  return content_text?.replaceAll(/^[A-Z]{2,}:[ \t]*\n/gm, '') ?? error?.message ?? ''
}
