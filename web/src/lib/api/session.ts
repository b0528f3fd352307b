import { useSyncExternalStore } from 'react'

/**
 * Who is signed in. The access token lives here, in memory, and nowhere else; a reload gets a new one through the
 * refresh cookie, which no script can read.
 */
export type Session =
  | { status: 'unknown' }
  | { status: 'signed-out'; expired: boolean }
  /** Nobody could be asked for a token: what was seen last can be read, until somebody answers. */
  | { status: 'offline' }
  | { status: 'signed-in'; token: string }

type Listener = () => void

let current: Session = { status: 'unknown' }
const listeners = new Set<Listener>()

function become(session: Session) {
  current = session
  for (const listener of listeners) listener()
}

export const session = {
  get: () => current,
  token: () => (current.status === 'signed-in' ? current.token : null),
  begin: (token: string) => become({ status: 'signed-in', token }),
  /** `expired`: the server ended it, not the person. */
  end: (expired = false) => become({ status: 'signed-out', expired }),
  goOffline: () => become({ status: 'offline' }),
  subscribe: (listener: Listener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  },
}

export function useSession(): Session {
  return useSyncExternalStore(session.subscribe, session.get)
}
