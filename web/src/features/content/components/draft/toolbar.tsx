import { useRef, type RefObject } from 'react'
import { Button } from '@/components/button'
import type { Platform } from '@/lib/api/queries'

const EMOJI = ['💡', '🚀', '✅', '👉', '🔍', '📈', '🧠', '⚙️', '🎯', '🙌', '🔥', '🧵', '📌', '⏱️', '🤔', '❤️']

/** In place of what is selected, through the browser, so that its undo knows of it. */
export function insertInto(area: HTMLTextAreaElement | null, text: string, onChange: (text: string) => void): void {
  if (!area) return
  area.focus()
  if (!text && area.selectionStart === area.selectionEnd) return
  // Deprecated, and the only way to insert so that Ctrl+Z takes it back.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const isDone = text ? document.execCommand('insertText', false, text) : document.execCommand('delete')
  if (isDone) return
  area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end')
  onChange(area.value)
}

/** Plain characters only: no letters that merely look bold, which screen readers spell out. */
export function Toolbar({
  box,
  onChange,
  platform,
}: {
  box: RefObject<HTMLTextAreaElement | null>
  onChange: (text: string) => void
  platform: Platform
}) {
  const picker = useRef<HTMLDetailsElement>(null)
  const separator = platform.preview?.separator

  const insert = (text: string) => insertInto(box.current, text, onChange)
  const startOfLine = (prefix: string) => {
    const area = box.current
    if (!area) return
    const start = area.value.lastIndexOf('\n', area.selectionStart - 1) + 1
    const lines = area.value.slice(start, area.selectionEnd)
    area.setSelectionRange(start, area.selectionEnd)
    insert(lines.replace(/^/gm, prefix))
  }

  return (
    <div role="toolbar" aria-label="Insert" className="flex flex-wrap items-center gap-0.5 border-b border-line px-2 py-1">
      <Button size="sm" look="quiet" onClick={() => startOfLine('• ')}>
        • List
      </Button>
      <Button size="sm" look="quiet" onClick={() => insert(' #')}>
        # Tag
      </Button>
      {typeof separator === 'string' && (
        <Button size="sm" look="quiet" onClick={() => insert(separator)}>
          Split here
        </Button>
      )}
      <details ref={picker} className="relative">
        <summary className="flex h-8 list-none items-center rounded-md px-2.5 text-note font-medium hover:bg-sunk [&::-webkit-details-marker]:hidden">
          Emoji
        </summary>
        <div className="absolute z-10 mt-1 grid w-max grid-cols-8 rounded-md border border-line bg-surface p-1.5 shadow-float">
          {EMOJI.map((emoji) => (
            <button
              key={emoji}
              type="button"
              className="size-9 rounded-sm text-lead hover:bg-sunk"
              onClick={() => {
                insert(emoji)
                if (picker.current) picker.current.open = false
              }}
            >
              {emoji}
            </button>
          ))}
        </div>
      </details>
    </div>
  )
}
