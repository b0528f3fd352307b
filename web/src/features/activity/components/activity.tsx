import { useQuery } from '@tanstack/react-query'
import { Empty, ErrorNote, Loading, Skeleton } from '@/components/feedback'
import { PageHead } from '@/components/page'
import { classes } from '@/lib/classes'
import { capitalise, formatMoment } from '@/lib/format'
import { auditQuery } from '../api/audit'

export default function Activity() {
  const { data, error, isPending, refetch } = useQuery(auditQuery)
  return (
    <div className="page">
      <PageHead title="Activity">Sign-ins, changes and refusals of your account. Kept for 90 days.</PageHead>
      <div className="mt-8">
        {error ? (
          <ErrorNote error={error} onRetry={() => void refetch()} />
        ) : isPending ? (
          <Loading label="Loading the activity">
            <Skeleton className="h-64 w-full" />
          </Loading>
        ) : data.audit.length === 0 ? (
          <Empty title="Nothing yet">What happens with your account appears here.</Empty>
        ) : (
          <ol className="border-t border-line">
            {data.audit.map((entry, index) => (
              <li key={index} className="grid gap-x-6 gap-y-0.5 border-b border-line py-3 sm:grid-cols-[9rem_1fr_auto]">
                <time dateTime={entry.timestamp} className="figures text-note text-faint">
                  {formatMoment(entry.timestamp)}
                </time>
                <p>
                  {capitalise(entry.action.replaceAll(/[._]/g, ' '))}{' '}
                  <span className="text-note text-faint">{entry.event_type}</span>
                </p>
                <p className={classes('text-note', /fail|refus|denied/i.test(entry.status) ? 'text-bad' : 'text-faint')}>
                  {[entry.status, entry.ip_address].filter(Boolean).join(' · ')}
                </p>
              </li>
            ))}
          </ol>
        )}
      </div>
    </div>
  )
}
