import { useLayoutEffect, useRef, useState } from 'react'
import { Segmented } from '@/components/button'
import { accentStyle } from '@/lib/accent'
import { classes } from '@/lib/classes'
import { countWords, readingMinutes } from '@/lib/text'
import { Avatar, useAuthor } from './author'
import { foldLines } from './description'
import type { PreviewProps } from './preview'
import { RichText } from './rich-text'

type Device = 'phone' | 'desktop'

/** The height of a line of the card's text. */
const LINE_REM = 1.25

const WIDTHS: Record<Device, string> = { phone: 'max-w-[22.5rem]', desktop: 'max-w-[34.7rem]' }

/** A card in a feed, folded where the network folds it. */
export function PostPreview({ platform, text }: PreviewProps) {
  const [device, setDevice] = useState<Device>('phone')
  const [isOpen, setOpen] = useState(false)
  const author = useAuthor()
  const lines = foldLines(platform, device)
  const body = useRef<HTMLParagraphElement>(null)
  const [isCut, setCut] = useState(false)

  useLayoutEffect(() => {
    const element = body.current
    if (element) setCut(element.scrollHeight > element.clientHeight + 1)
  }, [text, device, lines, isOpen])

  const minutes = readingMinutes(text)
  return (
    <div style={accentStyle(platform)}>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-3">
        <Segmented
          label="Device"
          value={device}
          options={[
            { value: 'phone', label: 'Phone', icon: 'phone' },
            { value: 'desktop', label: 'Desktop', icon: 'desktop' },
          ]}
          onChange={setDevice}
        />
        <p className="figures text-note text-faint">
          {countWords(text)} words · {minutes < 1 ? `${Math.round(minutes * 60)} s` : `${minutes.toFixed(1)} min`} to read
        </p>
      </div>
      <article aria-label={`As on ${platform.name}`} className={classes('rounded-lg border border-line bg-surface shadow-raised', WIDTHS[device])}>
        <header className="flex items-center gap-3 px-4 pt-4">
          <Avatar name={author.name} />
          <div className="min-w-0 leading-tight">
            <p className="truncate font-semibold">{author.name}</p>
            <p className="text-fine text-faint">Now · {platform.name}</p>
          </div>
        </header>
        <div className="relative px-4 pt-3 pb-4 text-[0.875rem] leading-5">
          <p
            ref={body}
            className="break-words whitespace-pre-wrap"
            style={
              lines && !isOpen
                ? { maxHeight: `${lines * LINE_REM}rem`, overflow: 'hidden' }
                : undefined
            }
          >
            <RichText text={text} />
          </p>
          {lines !== null && (isCut || isOpen) && (
            <button
              type="button"
              aria-expanded={isOpen}
              onClick={() => setOpen(!isOpen)}
              className={classes('font-medium text-faint hover:text-ink', isOpen ? 'mt-2' : 'absolute right-4 bottom-4 bg-surface pl-2')}
            >
              {isOpen ? 'see less' : '…see more'}
            </button>
          )}
        </div>
        <footer aria-hidden="true" className="flex justify-around border-t border-line px-4 py-2.5 text-fine font-medium text-faint">
          <span>Like</span>
          <span>Comment</span>
          <span>Share</span>
        </footer>
      </article>
      {lines !== null && !isOpen && (
        <p className="mt-2 text-fine text-faint">
          {isCut ? `Folded after ${lines} lines: what stands above decides who reads on.` : 'Short enough to be shown whole.'}
        </p>
      )}
    </div>
  )
}
