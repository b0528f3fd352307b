import type { QueryClient } from '@tanstack/react-query'

/** Asking for so many pages again after each change would use up the person's rate of requests. */
const MOST_PAGES = 3

function isLong(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'pages' in data && Array.isArray(data.pages) && data.pages.length > MOST_PAGES
}

/** Has what begins with this key asked for again, but for a list that was scrolled far: that is patched, not reloaded. */
export function refreshStale(client: QueryClient, key: string): Promise<void> {
  return client.invalidateQueries({ queryKey: [key], predicate: ({ state }) => !isLong(state.data) })
}
