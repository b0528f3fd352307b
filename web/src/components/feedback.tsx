import type { ReactNode } from 'react'
import { explain } from '@/lib/api/problem'
import { classes } from '@/lib/classes'
import { Button } from './button'
import { Icon, type IconName } from './icons'

/** Holds the place of what is on its way. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden="true" className={classes('shimmer rounded-sm', className)} />
}

export function Loading({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div role="status" aria-label={label}>
      {children}
    </div>
  )
}

export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { title, detail } = explain(error)
  return (
    <div role="alert" className="flex flex-wrap items-center gap-x-6 gap-y-3 rounded-md bg-bad-wash px-5 py-4">
      <div className="min-w-0 flex-1 basis-64">
        <p className="font-semibold text-bad">{title}</p>
        <p className="text-note">{detail}</p>
      </div>
      {onRetry && (
        <Button size="sm" icon="retry" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  )
}

const TONES = {
  note: 'bg-info-wash',
  warn: 'bg-warn-wash',
  mark: 'bg-wash',
}

export function Banner({ tone = 'note', icon, children }: { tone?: keyof typeof TONES; icon?: IconName; children: ReactNode }) {
  return (
    <div className={classes('flex items-start gap-3 rounded-md px-4 py-3 text-note', TONES[tone])}>
      {icon && <Icon name={icon} className="mt-px shrink-0" />}
      <div className="min-w-0">{children}</div>
    </div>
  )
}

/** Nothing here, why, and what to do about it. */
export function Empty({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <div className="mx-auto max-w-md px-4 py-16 text-center">
      <h2 className="font-serif text-head">{title}</h2>
      <div className="mt-3 text-soft">{children}</div>
      {action && <div className="mt-6 flex flex-wrap justify-center gap-3">{action}</div>}
    </div>
  )
}
