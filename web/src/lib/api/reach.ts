import { useSyncExternalStore } from 'react'

/** Set by the service worker on an answer that it kept from earlier: when that was. */
export const COPY_HEADER = 'Polycast-Copy-Of'

let isReachable = true
const listeners = new Set<() => void>()

function become(next: boolean) {
  if (next === isReachable) return
  isReachable = next
  for (const listener of listeners) listener()
}

/** Notes whether the server itself answered a request. */
export async function noting(request: Promise<Response>): Promise<Response> {
  try {
    const response = await request
    become(!response.headers.has(COPY_HEADER))
    return response
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) become(false)
    throw error
  }
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Whether the last request reached the server. */
export function useReachable(): boolean {
  return useSyncExternalStore(subscribe, () => isReachable)
}
