import { queryOptions } from '@tanstack/react-query'
import { api, body } from '@/lib/api/client'

/** Oldest first. */
export const revisionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['revisions', id],
    queryFn: async () =>
      (await body(api.GET('/api/v1/content/{content_id}/revisions', { params: { path: { content_id: id } } }))).revisions,
  })
