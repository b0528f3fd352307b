/** Text that isn't saved yet, kept for this tab: it outlives a reload and an expired session, not a sign-out. */
const PREFIX = 'polycast.unsaved.'

export function keepUnsaved(id: string, text: string): void {
  try {
    sessionStorage.setItem(PREFIX + id, text)
  } catch {
    // Storage is blocked or full: the text is still in the editor.
  }
}

export function unsaved(id: string): string | null {
  try {
    return sessionStorage.getItem(PREFIX + id)
  } catch {
    return null
  }
}

export function forgetUnsaved(id: string): void {
  try {
    sessionStorage.removeItem(PREFIX + id)
  } catch {
    // Nothing was kept.
  }
}

export function forgetAllUnsaved(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key)
  } catch {
    // Nothing was kept.
  }
}
