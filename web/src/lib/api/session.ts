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

/** A cookie of the gateway's, beside the one that no script can read: somebody is signed in here. No proof of it. */
const HINT = 'polycast_signed_in'

function become(session: Session) {
  if (session.status === 'signed-out') document.cookie = `${HINT}=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; samesite=strict`
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
  /** Whether it is worth asking the server for a session. */
  isExpected: () => document.cookie.includes(`${HINT}=`),
  subscribe: (listener: Listener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  },
}

export function useSession(): Session {
  return useSyncExternalStore(session.subscribe, session.get)
}
