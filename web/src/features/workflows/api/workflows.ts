import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, body, type Schemas } from '@/lib/api/client'

export type Workflow = Schemas['Workflow']
export type WorkflowDetail = Schemas['WorkflowDetail']

export const workflowPagesQuery = infiniteQueryOptions({
  queryKey: ['workflows', 'pages'],
  queryFn: ({ pageParam }) => body(api.GET('/api/v1/workflows', { params: { query: { limit: 20, cursor: pageParam } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ next }) => (next && new URL(next, location.origin).searchParams.get('cursor')) || undefined,
})

export const latestWorkflowQuery = queryOptions({
  queryKey: ['workflows', 'latest'],
  queryFn: async () => (await body(api.GET('/api/v1/workflows', { params: { query: { limit: 1 } } }))).workflows[0] ?? null,
})

export const workflowQuery = (id: string) =>
  queryOptions({
    queryKey: ['workflows', 'one', id],
    queryFn: () => body(api.GET('/api/v1/workflows/{workflow_id}', { params: { path: { workflow_id: id } } })),
  })

/** How often to ask about a running workflow where nothing is live: often at first, then less. */
export function pollingInterval(startedAt: string, now = Date.now()): number {
  const seconds = (now - new Date(startedAt).getTime()) / 1000
  return Math.min(15_000, Math.max(1500, seconds * 60))
}

export function useExecute() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (order: Schemas['Execute']) =>
      body(
        api.POST('/api/v1/workflows/execute', {
          body: order,
          params: { header: { 'idempotency-key': crypto.randomUUID() } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['workflows'] }),
  })
}
