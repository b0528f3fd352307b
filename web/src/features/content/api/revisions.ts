import { queryOptions } from '@tanstack/react-query'
import type { Draft } from '@/lib/api/drafts'
import { planned, type Revision } from '@/lib/api/planned'
import { isAbsent } from '@/lib/api/problem'

/** Oldest first. A server that keeps no list still knows the original and the edit. */
export const revisionsQuery = (draft: Draft) =>
  queryOptions({
    queryKey: ['revisions', draft.id],
    queryFn: async (): Promise<Revision[]> => {
      try {
        return (await planned.revisions(draft.id)).revisions.toSorted((a, b) => a.revision - b.revision)
      } catch (error) {
        if (isAbsent(error)) return knownRevisions(draft)
        throw error
      }
    },
  })

function knownRevisions({ original_version, edited_version, created_at, updated_at }: Draft): Revision[] {
  const revisions: Revision[] = []
  if (original_version !== null) {
    revisions.push({ revision: 1, source: 'ai', generation: 1, content_text: original_version, created_at })
  }
  if (edited_version !== null) {
    revisions.push({ revision: 2, source: 'person', content_text: edited_version, created_at: updated_at })
  }
  return revisions
}
