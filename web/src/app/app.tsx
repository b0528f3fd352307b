import { QueryClientProvider } from '@tanstack/react-query'
import { useEffect } from 'react'
import { RouterProvider } from 'react-router'
import { Toaster } from '@/components/toast'
import { listenForShortcuts } from '@/lib/shortcuts'
import { queryClient } from './query-client'
import { router } from './router'

export function App() {
  useEffect(listenForShortcuts, [])
  return (
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
      <Toaster />
    </QueryClientProvider>
  )
}
