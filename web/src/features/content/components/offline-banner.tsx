import { Banner } from '@/components/feedback'
import { isByOfflineWriter, type Draft } from '@/lib/api/drafts'

/** Says honestly that no language model was at work. */
export function OfflineBanner({ drafts, isBrief = false }: { drafts: readonly Draft[]; isBrief?: boolean }) {
  if (!drafts.some(isByOfflineWriter)) return null
  return (
    <Banner tone="mark" icon="spark">
      <strong>Written by the offline demo writer</strong>, not by a language model
      {isBrief
        ? '.'
        : ': none is connected, so these drafts are put together from a built-in bank. With an API key in the server’s environment, a model writes the next run.'}
    </Banner>
  )
}
