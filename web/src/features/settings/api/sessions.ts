import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, body, type Schemas } from '@/lib/api/client'

export type SignedIn = Schemas['Session']

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async () => (await body(api.GET('/api/v1/auth/sessions'))).sessions,
  staleTime: 0,
})

export function useEndSessions() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (ids: readonly string[]) =>
      Promise.all(
        ids.map((session_id) =>
          body(api.DELETE('/api/v1/auth/sessions/{session_id}', { params: { path: { session_id } } })),
        ),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ['sessions'] }),
  })
}
