import { IconButton } from '@/components/button'
import { Icon } from '@/components/icons'
import { Ring } from '@/components/ring'
import { accentStyle } from '@/lib/accent'
import { copy } from '@/lib/clipboard'
import { Avatar, useAuthor } from './author'
import { composeLink } from './description'
import type { PreviewProps } from './preview'
import { RichText } from './rich-text'

/** The pieces that the platform's own check counts, each a card, joined by a line. */
export function ThreadPreview({ platform, text, check }: PreviewProps) {
  const author = useAuthor()
  const parts = check?.parts?.length ? check.parts : [{ text, count: 0, limit: 0 }]
  return (
    <ol
      aria-label={`As on ${platform.name}`}
      style={accentStyle(platform)}
      className="rounded-lg border border-line bg-surface px-4 pt-4 pb-2 shadow-raised"
    >
      {parts.map((part, index) => {
        const link = composeLink(platform, 'part', part.text)
        const isLast = index === parts.length - 1
        return (
          <li key={index} className="relative flex gap-3 pb-3">
            {!isLast && <span aria-hidden="true" className="absolute top-12 bottom-0 left-[1.3rem] w-0.5 bg-line" />}
            <Avatar name={author.name} />
            <div className="min-w-0 flex-1">
              <p className="flex items-baseline gap-1.5 leading-tight">
                <span className="truncate font-semibold">{author.name}</span>
                <span className="truncate text-note text-faint">@{author.handle} · now</span>
                {parts.length > 1 && (
                  <span className="figures ml-auto text-fine text-faint">
                    {index + 1}/{parts.length}
                  </span>
                )}
              </p>
              <p className="mt-1 break-words whitespace-pre-wrap">
                <RichText text={part.text} />
              </p>
              <div className="mt-1.5 flex items-center justify-between">
                <div className="-ml-2 flex">
                  <IconButton icon="copy" label={`Copy part ${index + 1}`} onClick={() => void copy(part.text, `Part ${index + 1}`)} />
                  {link && (
                    <a
                      href={link}
                      target="_blank"
                      rel="noreferrer"
                      aria-label={`Open part ${index + 1} in ${platform.name}`}
                      title={`Open in ${platform.name}`}
                      className="inline-flex size-9 items-center justify-center rounded-md text-soft hover:bg-sunk hover:text-ink"
                    >
                      <Icon name="external" />
                    </a>
                  )}
                </div>
                {part.limit > 0 && <Ring count={part.count} limit={part.limit} label={`Part ${index + 1}`} />}
              </div>
            </div>
          </li>
        )
      })}
    </ol>
  )
}
