import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { planned } from '@/lib/api/planned'
import { isAbsent } from '@/lib/api/problem'

/** null: this server has none. */
export const notificationsQuery = queryOptions({
  queryKey: ['notifications'],
  queryFn: async () => {
    try {
      return (await planned.notifications()).notifications
    } catch (error) {
      if (isAbsent(error)) return null
      throw error
    }
  },
  staleTime: 60_000,
})

export function useMarkRead() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: planned.readNotification,
    onSettled: () => client.invalidateQueries({ queryKey: ['notifications'] }),
  })
}
