import { QueryClient } from '@tanstack/react-query'
import { Problem } from '@/lib/api/problem'

const ATTEMPTS = 4
const LONGEST_WAIT_MS = 20_000

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < ATTEMPTS && (!(error instanceof Problem) || error.isTemporary),
      retryDelay: (failures, error) =>
        error instanceof Problem && error.retryAfter
          ? error.retryAfter * 1000
          : Math.min(LONGEST_WAIT_MS, 700 * 2 ** failures),
    },
    mutations: { retry: false },
  },
})
