import type { ButtonHTMLAttributes, ReactNode } from 'react'
import { Link, type LinkProps } from 'react-router'
import { classes } from '@/lib/classes'
import { Icon, type IconName } from './icons'

type Look = 'primary' | 'plain' | 'quiet' | 'danger'

const BASE =
  'inline-flex items-center justify-center gap-2 rounded-md font-medium whitespace-nowrap transition-colors select-none ' +
  'disabled:opacity-45 disabled:cursor-not-allowed aria-disabled:opacity-45 aria-disabled:cursor-not-allowed'

const LOOKS: Record<Look, string> = {
  primary: 'bg-ink text-paper hover:bg-soft enabled:active:bg-ink',
  plain: 'bg-surface text-ink border border-edge/60 hover:border-ink',
  quiet: 'text-ink hover:bg-sunk',
  danger: 'bg-surface text-bad border border-bad/60 hover:bg-bad-wash',
}

const SIZES = { md: 'h-10 px-4 text-body', sm: 'h-8 px-2.5 text-note' }

interface Appearance {
  look?: Look
  size?: keyof typeof SIZES
  icon?: IconName
}

function appearance({ look = 'plain', size = 'md' }: Appearance, className?: string) {
  return classes(BASE, LOOKS[look], SIZES[size], className)
}

export function Button({
  look,
  size,
  icon,
  className,
  children,
  ...rest
}: Appearance & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button type="button" className={appearance({ look, size }, className)} {...rest}>
      {icon && <Icon name={icon} className="-ml-0.5 shrink-0" />}
      {children}
    </button>
  )
}

export function LinkButton({ look, size, icon, className, children, ...rest }: Appearance & LinkProps) {
  return (
    <Link className={appearance({ look, size }, className)} {...rest}>
      {icon && <Icon name={icon} className="-ml-0.5 shrink-0" />}
      {children}
    </Link>
  )
}

export function IconButton({
  icon,
  label,
  className,
  ...rest
}: { icon: IconName; label: string } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={classes(BASE, 'size-9 shrink-0 text-soft hover:bg-sunk hover:text-ink', className)}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  )
}

/** One of a few, side by side. */
export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: T
  options: readonly { value: T; label: ReactNode; icon?: IconName }[]
  onChange: (value: T) => void
}) {
  return (
    <div role="group" aria-label={label} className="inline-flex rounded-md border border-edge/60 bg-surface p-0.5">
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className={classes(
            'inline-flex h-7 items-center gap-1.5 rounded-sm px-2.5 text-note font-medium transition-colors',
            option.value === value ? 'bg-ink text-paper' : 'text-soft hover:text-ink',
          )}
        >
          {option.icon && <Icon name={option.icon} />}
          {option.label}
        </button>
      ))}
    </div>
  )
}
