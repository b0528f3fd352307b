import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from '@/components/button'
import { ErrorNote } from '@/components/feedback'
import { toast } from '@/components/toast'
import type { Draft } from '@/lib/api/drafts'
import { commands } from '@/lib/api/commands'
import { DraftHead } from './head'

/** A draft that could not be written: why, and another try. */
export function FailedDraft({ draft }: { draft: Draft }) {
  const client = useQueryClient()
  const retry = useMutation({
    mutationFn: () => commands.retry(draft.id),
    onSuccess: () => {
      toast({ text: 'It is being written again' })
      return client.invalidateQueries({ queryKey: ['content'] })
    },
  })
  return (
    <div className="page">
      <DraftHead draft={draft} />
      <div role="alert" className="mt-8 rounded-md bg-bad-wash p-6">
        <h2 className="font-serif text-title">This one could not be written</h2>
        <p className="mt-2 max-w-2xl">{draft.error?.message ?? 'The writer gave no text that keeps the platform’s rules.'}</p>
        <div className="mt-5">
          <Button look="primary" icon="retry" disabled={retry.isPending} onClick={() => retry.mutate()}>
            Write it again
          </Button>
        </div>
      </div>
      {retry.error && (
        <div className="mt-4">
          <ErrorNote error={retry.error} />
        </div>
      )}
    </div>
  )
}
