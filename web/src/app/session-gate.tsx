import { useQueryClient } from '@tanstack/react-query'
import { useDeferredValue, useEffect } from 'react'
import { Navigate, Outlet, useLocation } from 'react-router'
import { useReachable } from '@/lib/api/reach'
import { useSession } from '@/lib/api/session'
import { follow, refresher } from '@/lib/live'

/** Lets in who is signed in, and keeps what they see live. Others sign in and come back to where they were. */
export function SessionGate() {
  // Deferred: the whole shell is rendered in pieces, between which the browser can answer.
  const status = useDeferredValue(useSession().status)
  const location = useLocation()
  const client = useQueryClient()

  const isOpen = status === 'signed-in' || status === 'offline'
  useEffect(() => {
    if (!isOpen) return
    const leaving = new AbortController()
    void follow(refresher(client), leaving.signal)
    return () => leaving.abort()
  }, [isOpen, client])

  const isReachable = useReachable()
  useEffect(() => {
    // What was shown meanwhile may be old.
    if (!isReachable) return () => void client.invalidateQueries()
  }, [isReachable, client])

  if (status === 'unknown') return null
  if (status === 'signed-out') {
    const next = location.pathname + location.search
    return <Navigate to={next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`} replace />
  }
  return <Outlet />
}
