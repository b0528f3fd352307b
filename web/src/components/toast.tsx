import { useEffect, useSyncExternalStore } from 'react'
import { classes } from '@/lib/classes'

export interface Toast {
  text: string
  tone?: 'plain' | 'bad'
  action?: { label: string; run: () => void }
  /** Stays until it is answered or another takes its place. */
  isLasting?: boolean
}

const SHOWN_MS = 7000

let current: (Toast & { id: number }) | null = null
let lastId = 0
const listeners = new Set<() => void>()

function show(next: typeof current) {
  current = next
  for (const listener of listeners) listener()
}

/** Say something that needs no answer. The newest replaces what was said before. */
export function toast(message: Toast): void {
  lastId += 1
  show({ ...message, id: lastId })
}

export function Toaster() {
  const message = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => current,
  )
  useEffect(() => {
    if (!message || message.isLasting) return
    const timer = setTimeout(() => current === message && show(null), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [message])
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-20 z-50 flex justify-center px-4 md:bottom-6"
    >
      {message && (
        <div
          key={message.id}
          className={classes(
            'pointer-events-auto flex max-w-xl animate-[rise_.2s_var(--ease-out)] items-center gap-4 rounded-md px-4 py-2.5 text-body shadow-float',
            message.tone === 'bad' ? 'bg-bad-wash text-bad' : 'bg-ink text-paper',
          )}
        >
          <span>{message.text}</span>
          {message.action && (
            <button
              type="button"
              className="rounded-sm bg-mark px-2 py-0.5 font-semibold text-on-mark"
              onClick={() => {
                message.action?.run()
                show(null)
              }}
            >
              {message.action.label}
            </button>
          )}
        </div>
      )}
    </div>
  )
}
