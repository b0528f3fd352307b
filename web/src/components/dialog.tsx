import { useEffect, useId, useRef, type ReactNode } from 'react'
import { classes } from '@/lib/classes'
import { IconButton } from './button'

/** A modal: the browser's own, so focus, Escape and the rest of the page are its business. Mounted is open. */
export function Dialog({
  title,
  onClose,
  children,
  wide = false,
  hideTitle = false,
}: {
  title: string
  onClose: () => void
  children: ReactNode
  wide?: boolean
  hideTitle?: boolean
}) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    // The click that counts is on the backdrop; by keyboard, Escape does the same.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={ref}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => event.target === ref.current && onClose()}
      className={classes(
        'max-h-[min(90dvh,52rem)] w-[calc(100vw-2rem)] animate-[rise_.18s_var(--ease-out)] overflow-hidden rounded-lg bg-surface shadow-float',
        wide ? 'max-w-4xl' : 'max-w-lg',
      )}
    >
      <div className="flex max-h-[inherit] flex-col">
        <header className={hideTitle ? 'sr-only' : 'flex items-center justify-between gap-4 px-6 pt-5 pb-1'}>
          <h2 id={id} className="font-serif text-title">
            {title}
          </h2>
          {!hideTitle && <IconButton icon="close" label="Close" onClick={onClose} className="-mr-2" />}
        </header>
        <div className={classes('overflow-y-auto', !hideTitle && 'px-6 pt-3 pb-6')}>{children}</div>
      </div>
    </dialog>
  )
}
