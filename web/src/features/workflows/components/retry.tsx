import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from '@/components/button'
import { toast } from '@/components/toast'
import { planned } from '@/lib/api/planned'
import { explain, isAbsent } from '@/lib/api/problem'
import type { Workflow } from '../api/workflows'

/** Have written again what failed. Offered only where there is something, and the server can. */
export function RetryFailed({ workflow }: { workflow: Workflow }) {
  const client = useQueryClient()
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => planned.retryWorkflow(workflow.id),
    onSuccess: () => {
      toast({ text: 'What failed is being written again' })
      return client.invalidateQueries({ queryKey: ['workflows'] })
    },
    onError: (error) => {
      if (!isAbsent(error)) toast({ text: explain(error).detail, tone: 'bad' })
    },
  })
  if (workflow.status === 'running' || (workflow.content_failed === 0 && workflow.status !== 'failed')) return null
  if (isAbsent(error)) return <p className="text-note">This server can’t retry a run: start a new one.</p>
  return (
    <Button size="sm" icon="retry" disabled={isPending} onClick={() => mutate()}>
      Retry what failed
    </Button>
  )
}
