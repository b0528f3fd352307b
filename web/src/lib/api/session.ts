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

/** Left where the page is reloaded: somebody signed in here and has not signed out. No secret, and no proof of it. */
const MARK = 'polycast.signed-in'

function leaveMark({ status }: Session) {
  try {
    if (status === 'signed-in') localStorage.setItem(MARK, 'yes')
    if (status === 'signed-out') localStorage.removeItem(MARK)
  } catch {
    // Storage is blocked: then nobody is expected.
  }
}

function become(session: Session) {
  leaveMark(session)
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
  /** Whether it is worth asking the server for a session, on a page that needs none. */
  isExpected: () => {
    try {
      return localStorage.getItem(MARK) !== null
    } catch {
      return false
    }
  },
  subscribe: (listener: Listener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  },
}

export function useSession(): Session {
  return useSyncExternalStore(session.subscribe, session.get)
}
