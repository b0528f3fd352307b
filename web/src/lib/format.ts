const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })
const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export function formatDay(moment: Date): string {
  return day.format(moment)
}

/** `14:05` today, `3 Nov, 14:05` on another day, or whenever the day is wanted. */
export function formatMoment(iso: string, withDay = false): string {
  const moment = new Date(iso)
  const isToday = moment.toDateString() === new Date().toDateString()
  return isToday && !withDay ? clock.format(moment) : `${shortDay.format(moment)}, ${clock.format(moment)}`
}

/** A future or recent moment in words: `in 3 hours`, `2 minutes ago`. */
export function formatRelative(iso: string, now = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1000
  const size = Math.abs(seconds)
  if (size < MINUTE) return relative.format(0, 'minute')
  if (size < HOUR) return relative.format(Math.round(seconds / MINUTE), 'minute')
  if (size < DAY) return relative.format(Math.round(seconds / HOUR), 'hour')
  return relative.format(Math.round(seconds / DAY), 'day')
}

/** A moment in a given zone, with its weekday: `Tue, 24 Nov, 06:00`. */
export function formatInZone(iso: string, timeZone: string): string {
  return new Intl.DateTimeFormat(undefined, {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(new Date(iso))
}

export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < MINUTE) return `${Math.round(seconds)} s`
  return `${Math.floor(seconds / MINUTE)} min ${Math.round(seconds % MINUTE)} s`
}

/** `plural(1, 'draft')` → `1 draft`. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString()} ${noun}${count === 1 ? '' : 's'}`
}

export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
