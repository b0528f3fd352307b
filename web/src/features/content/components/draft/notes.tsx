import { Banner } from '@/components/feedback'
import type { Draft } from '@/lib/api/drafts'
import { formatMoment, plural } from '@/lib/format'

/** What one should know of a draft before using it. */
export function DraftNotes({ draft }: { draft: Draft }) {
  const { moderation, override, state } = draft
  return (
    <>
      {moderation?.flagged && (
        <Banner tone="warn" icon="flag">
          <strong>Look twice before you use this.</strong> It was flagged{reasons(moderation.categories)} by{' '}
          {moderation.checked_by?.join(' and ') || 'the check before storing'}.
        </Banner>
      )}
      {override && (
        <Banner tone="warn">
          Made ready by your decision at {formatMoment(override.at)}, although it{' '}
          {[
            override.rules.length > 0 && `breaks ${plural(override.rules.length, 'rule')} (${override.rules.join(', ')})`,
            !!override.claims?.length && `makes ${plural(override.claims.length, 'unverified claim')}`,
          ]
            .filter(Boolean)
            .join(' and ')}
          .
        </Banner>
      )}
      {state === 'published' && <Banner>Published drafts stay as they are. To change this one, move it back to ready.</Banner>}
    </>
  )
}

function reasons(categories: readonly string[] | undefined): string {
  return categories?.length ? ` for ${categories.map((category) => category.replaceAll(/[_/-]/g, ' ')).join(', ')}` : ''
}
