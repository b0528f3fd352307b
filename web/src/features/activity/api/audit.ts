import { queryOptions } from '@tanstack/react-query'
import { api, body } from '@/lib/api/client'

export const auditQuery = queryOptions({
  queryKey: ['audit'],
  queryFn: () => body(api.GET('/api/v1/audit', { params: { query: { limit: 100 } } })),
  staleTime: 0,
})
