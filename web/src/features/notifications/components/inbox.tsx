import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { Button } from '@/components/button'
import { Empty, ErrorNote, Loading, Skeleton } from '@/components/feedback'
import { PageHead } from '@/components/page'
import { classes } from '@/lib/classes'
import { formatMoment } from '@/lib/format'
import { notificationsQuery, useMarkRead } from '../api/notifications'

export default function Inbox() {
  const { data, error, isPending, refetch } = useQuery(notificationsQuery)
  const { mutate, isPending: isMarking } = useMarkRead()
  return (
    <div className="page">
      <PageHead title="Notifications" />
      <div className="mt-8 max-w-3xl">
        {error ? (
          <ErrorNote error={error} onRetry={() => void refetch()} />
        ) : isPending ? (
          <Loading label="Loading the notifications">
            <Skeleton className="h-48 w-full" />
          </Loading>
        ) : data.length === 0 ? (
          <Empty title="All quiet">When a run is over, or has failed, you are told here.</Empty>
        ) : (
          <ol className="border-t border-line">
            {data.map(({ id, title, body, created_at, read_at, workflow_id }) => (
              <li key={id} className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2 border-b border-line py-4">
                <div className="min-w-0 flex-1 basis-72">
                  <p className={classes('font-semibold', !read_at && 'inline bg-mark px-1 text-on-mark')}>{title}</p>
                  <p className="mt-1 text-soft">{body}</p>
                  <p className="figures mt-1 text-note text-faint">
                    {formatMoment(created_at)}
                    {' · '}
                    <Link to={`/runs/${workflow_id}`} className="underline underline-offset-3">
                      the run
                    </Link>
                  </p>
                </div>
                {!read_at && (
                  <Button size="sm" disabled={isMarking} onClick={() => mutate(id)}>
                    Mark read
                  </Button>
                )}
              </li>
            ))}
          </ol>
        )}
      </div>
    </div>
  )
}
