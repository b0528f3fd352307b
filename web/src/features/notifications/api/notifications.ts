import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, body } from '@/lib/api/client'
import { commands } from '@/lib/api/commands'

export const notificationsQuery = queryOptions({
  queryKey: ['notifications'],
  queryFn: async () =>
    (await body(api.GET('/api/v1/notifications', { params: { query: { limit: 50 } } }))).notifications,
  staleTime: 60_000,
})

export function useMarkRead() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: commands.readNotification,
    onSettled: () => client.invalidateQueries({ queryKey: ['notifications'] }),
  })
}
