import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, body, type Schemas } from '@/lib/api/client'

export function useCreateIdea() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (idea: Schemas['OwnIdea']) =>
      body(
        api.POST('/api/v1/ideas', {
          body: idea,
          params: { header: { 'idempotency-key': crypto.randomUUID() } },
        }),
      ),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['ideas'] }),
        client.invalidateQueries({ queryKey: ['content'] }),
      ]),
  })
}
