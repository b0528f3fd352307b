import { useEffect, useLayoutEffect, useRef, useSyncExternalStore } from 'react'

export interface Shortcut {
  /** What it does, as the help says it. */
  label: string
  run: () => void
}

export type Shortcuts = Record<string, Shortcut>
type Scope = { name: string; shortcuts: Shortcuts }

let scopes: readonly Scope[] = []
const listeners = new Set<() => void>()

function change(next: readonly Scope[]) {
  scopes = next
  for (const listener of listeners) listener()
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)) &&
    !(target instanceof HTMLInputElement && ['checkbox', 'radio', 'button'].includes(target.type))
  )
}

/** Single keys, while nobody is typing and no dialog is open. The innermost scope that knows the key gets it. */
export function listenForShortcuts(): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return
    const shortcut = scopes.findLast((scope) => event.key in scope.shortcuts)?.shortcuts[event.key]
    if (!shortcut) return
    event.preventDefault()
    shortcut.run()
  }
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}

/** Offer shortcuts while the caller is mounted. */
export function useShortcuts(name: string, shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts)
  // Before the next key can come: who types fast must not act on what was current before.
  useLayoutEffect(() => {
    latest.current = shortcuts
  })
  const keys = Object.keys(shortcuts).join(' ')
  useEffect(() => {
    const stable = Object.fromEntries(
      keys
        .split(' ')
        .filter(Boolean)
        .map((key) => [
          key,
          {
            get label() {
              return latest.current[key]?.label ?? ''
            },
            run: () => latest.current[key]?.run(),
          },
        ]),
    )
    const scope = { name, shortcuts: stable }
    change([...scopes, scope])
    return () => change(scopes.filter((other) => other !== scope))
  }, [name, keys])
}

/** What can be pressed right now, for the help. */
export function useOfferedShortcuts(): readonly Scope[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => scopes,
  )
}
