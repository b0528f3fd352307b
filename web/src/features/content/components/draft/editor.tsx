import { useImperativeHandle, useRef, type Ref } from 'react'
import type { Platform } from '@/lib/api/queries'
import { classes } from '@/lib/classes'
import type { Range } from '@/lib/text'
import type { SaveStatus } from '../../api/autosave'
import type { LiveCheck } from '../../api/check'
import { Counts } from './counts'
import { segments, type Look, type Mark } from './marks'
import { insertInto, Toolbar } from './toolbar'

export interface EditorHandle {
  focus: () => void
  select: (range: Range) => void
  /** Puts other text in place of a range, in a way that the browser's undo knows of. */
  replace: (range: Range, text: string) => void
}

const UNDERLINES: Record<Look, string> = {
  claim: 'bg-wash decoration-warn decoration-dotted',
  error: 'bg-bad-wash decoration-bad',
  warning: 'bg-warn-wash decoration-warn',
  info: 'bg-info-wash decoration-info',
}

/** Both layers must break lines at the same places. */
const TYPE = 'px-5 py-4 font-sans text-body whitespace-pre-wrap break-words'

/** A plain text box over a layer that shows where the findings lie. It grows with its text. */
export function Editor({
  ref,
  text,
  onChange,
  onBlur,
  marks,
  check,
  status,
  platform,
  isReadOnly,
}: {
  ref: Ref<EditorHandle>
  text: string
  onChange: (text: string) => void
  onBlur: () => void
  marks: readonly Mark[]
  check: LiveCheck
  status: SaveStatus
  platform: Platform
  isReadOnly: boolean
}) {
  const box = useRef<HTMLTextAreaElement>(null)
  useImperativeHandle(ref, () => ({
    focus: () => box.current?.focus(),
    select: ({ start, end }) => {
      box.current?.focus()
      box.current?.setSelectionRange(start, end)
    },
    replace: ({ start, end }, text) => {
      box.current?.setSelectionRange(start, end)
      insertInto(box.current, text, onChange)
    },
  }))
  return (
    <div className="overflow-hidden rounded-md border border-edge bg-surface focus-within:border-ink">
      {!isReadOnly && <Toolbar box={box} onChange={onChange} platform={platform} />}
      <div className="relative">
        <div aria-hidden="true" className={classes(TYPE, 'min-h-72 text-transparent')}>
          {segments(text, marks).map(({ text, look }, index) =>
            look ? (
              <mark
                key={index}
                className={classes('rounded-xs text-transparent underline decoration-2 underline-offset-4', UNDERLINES[look])}
              >
                {text}
              </mark>
            ) : (
              <span key={index}>{text}</span>
            ),
          )}
          {'\u200b'}
        </div>
        <textarea
          ref={box}
          aria-label={`${platform.name} text`}
          value={text}
          readOnly={isReadOnly}
          spellCheck
          onBlur={onBlur}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && box.current?.blur()}
          className={classes(TYPE, 'absolute inset-0 resize-none overflow-hidden bg-transparent text-ink outline-none')}
        />
      </div>
      <Counts check={check} status={status} />
    </div>
  )
}
