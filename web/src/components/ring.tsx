import { classes } from '@/lib/classes'

const RADIUS = 9
const LENGTH = 2 * Math.PI * RADIUS

/** How much of a limit is used; what is left (or over) in figures once it is close. */
export function Ring({ count, limit, label }: { count: number; limit: number; label: string }) {
  const left = limit - count
  const isClose = left <= limit * 0.08
  const ink = left < 0 ? 'text-bad' : isClose ? 'text-warn' : 'text-info'
  return (
    <span
      role="img"
      aria-label={`${label}: ${count} of ${limit}`}
      title={`${count} of ${limit}`}
      className={classes('figures inline-flex items-center gap-1.5 text-fine font-semibold', ink)}
    >
      {isClose && <span>{left}</span>}
      <svg viewBox="0 0 22 22" width="22" height="22" fill="none" strokeWidth="2.5" aria-hidden="true">
        <circle cx="11" cy="11" r={RADIUS} className="stroke-line" />
        <circle
          cx="11"
          cy="11"
          r={RADIUS}
          stroke="currentColor"
          strokeLinecap="round"
          strokeDasharray={`${Math.min(1, count / limit) * LENGTH} ${LENGTH}`}
          transform="rotate(-90 11 11)"
        />
      </svg>
    </span>
  )
}
