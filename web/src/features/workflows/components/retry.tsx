import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from '@/components/button'
import { toast } from '@/components/toast'
import { commands } from '@/lib/api/commands'
import { explain } from '@/lib/api/problem'
import type { Workflow } from '../api/workflows'

/** Have written again what failed. Offered only where there is something, and the server can. */
export function RetryFailed({ workflow }: { workflow: Workflow }) {
  const client = useQueryClient()
  const { mutate, isPending } = useMutation({
    mutationFn: () => commands.retryWorkflow(workflow.id),
    onSuccess: () => {
      toast({ text: 'What failed is being written again' })
      return client.invalidateQueries({ queryKey: ['workflows'] })
    },
    onError: (error) => toast({ text: explain(error).detail, tone: 'bad' }),
  })
  if (workflow.status === 'running' || (workflow.content_failed === 0 && workflow.status !== 'failed')) return null
  return (
    <Button size="sm" icon="retry" disabled={isPending} onClick={() => mutate()}>
      Retry what failed
    </Button>
  )
}
