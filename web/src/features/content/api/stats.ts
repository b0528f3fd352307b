import { queryOptions } from '@tanstack/react-query'
import { api, body } from '@/lib/api/client'

/** Under `content`, because it changes with every draft. */
export const statsQuery = queryOptions({
  queryKey: ['content', 'stats'],
  queryFn: () => body(api.GET('/api/v1/stats')),
})
