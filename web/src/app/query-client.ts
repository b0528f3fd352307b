import { QueryClient } from '@tanstack/react-query'
import { Problem } from '@/lib/api/problem'

const ATTEMPTS = 4
const LONGEST_WAIT_MS = 20_000

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Also without a connection: then the service worker answers from what was seen last.
      networkMode: 'always',
      staleTime: 10_000,
      retry: (failures, error) =>
        failures < ATTEMPTS && (error instanceof Problem ? error.isTemporary : navigator.onLine),
      retryDelay: (failures, error) =>
        error instanceof Problem && error.retryAfter
          ? error.retryAfter * 1000
          : Math.min(LONGEST_WAIT_MS, 700 * 2 ** failures),
    },
    mutations: { networkMode: 'always', retry: false },
  },
})
