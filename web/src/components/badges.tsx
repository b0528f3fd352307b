import { accentStyle } from '@/lib/accent'
import { Icon } from './icons'
import type { State } from '@/lib/api/commands'
import { usePlatform } from '@/lib/api/queries'
import { classes } from '@/lib/classes'
import { STATES } from '@/lib/states'

const INKS: Record<State, string> = {
  generated: 'text-info',
  edited: 'text-warn',
  reviewed: 'text-soft',
  ready: 'text-good',
  published: 'text-ink',
  failed: 'text-bad',
}

const GLYPHS: Record<State, React.ReactNode> = {
  generated: <circle cx="7" cy="7" r="4.5" strokeDasharray="2.4 2.2" />,
  edited: <path d="M3 11l.6-2.500L9 3l2 2-5.5 5.500z" />,
  reviewed: (
    <>
      <circle cx="7" cy="7" r="4.5" />
      <path d="M7 2.500a4.5 4.5 0 0 1 0 9z" fill="currentColor" />
    </>
  ),
  ready: <circle cx="7" cy="7" r="4.5" fill="currentColor" />,
  published: <path d="M2.5 7.500L5.5 10.500l6-7" strokeWidth="2" />,
  failed: <path d="M7 3v5M7 10.500v.01" strokeWidth="2" />,
}

/** A shape of its own for each state, so that colour isn't all that tells them apart. */
export function StateGlyph({ state, className }: { state: State; className?: string }) {
  return (
    <svg
      viewBox="0 0 14 14"
      width="14"
      height="14"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={classes('shrink-0', INKS[state], className)}
    >
      {GLYPHS[state]}
    </svg>
  )
}

export function StateLabel({ state, className }: { state: State; className?: string }) {
  return (
    <span className={classes('inline-flex items-center gap-1.5 text-note font-medium whitespace-nowrap', INKS[state], className)}>
      <StateGlyph state={state} />
      {STATES[state].label}
    </span>
  )
}

/** Something harmful was found in it: the person should look twice. */
export function FlaggedMark() {
  return (
    <span role="img" aria-label="Flagged: look twice" title="Flagged: look twice" className="text-warn">
      <Icon name="flag" />
    </span>
  )
}

export function PlatformName({ slug, className }: { slug: string; className?: string }) {
  const platform = usePlatform(slug)
  return (
    <span
      style={accentStyle(platform)}
      className={classes('inline-flex items-center gap-2 text-note font-semibold whitespace-nowrap', className)}
    >
      <span aria-hidden="true" className="accent-bar h-3 w-1 rounded-full" />
      {platform.name}
    </span>
  )
}
