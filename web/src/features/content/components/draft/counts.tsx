import { classes } from '@/lib/classes'
import type { SaveStatus } from '../../api/autosave'
import type { LiveCheck } from '../../api/check'

/** What the platform counts, and whether the text is safe. */
export function Counts({ check, status }: { check: LiveCheck; status: SaveStatus }) {
  return (
    <div className="flex min-h-10 flex-wrap items-center justify-between gap-x-6 gap-y-1 border-t border-line px-5 py-2 text-note text-soft">
      <dl className="figures flex flex-wrap gap-x-4">
        {Object.entries(check.result?.counts ?? {}).map(([name, count]) => (
          <div key={name} className="flex gap-1">
            <dd className="font-semibold text-ink">{count.toLocaleString()}</dd>
            <dt>{nounOf(name, count)}</dt>
          </div>
        ))}
      </dl>
      <p role="status" className={classes(status.kind === 'refused' || status.kind === 'conflict' ? 'text-bad' : 'text-faint')}>
        {words(status)}
      </p>
    </div>
  )
}

/** The server names what it counts in the plural. */
function nounOf(name: string, count: number): string {
  const noun = name.replaceAll('_', ' ')
  return count === 1 ? noun.replace(/s$/, '') : noun
}

function words(status: SaveStatus): string {
  switch (status.kind) {
    case 'saved':
      return 'Saved'
    case 'typing':
      return 'Not saved yet'
    case 'saving':
      return 'Saving…'
    case 'refused':
      return `Not saved, but kept in this tab. ${status.reason}`
    case 'conflict':
      return 'Changed elsewhere meanwhile'
  }
}
