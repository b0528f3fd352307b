import { useQuery } from '@tanstack/react-query'
import { Button } from '@/components/button'
import { ErrorNote, Loading, Skeleton } from '@/components/feedback'
import { toast } from '@/components/toast'
import { explain } from '@/lib/api/problem'
import { formatRelative } from '@/lib/format'
import { sessionsQuery, useEndSessions, type SignedIn } from '../api/sessions'
import { deviceOf } from './device'

/** Where one is signed in, and how to end that. */
export function Sessions() {
  const { data, error, isPending, refetch } = useQuery(sessionsQuery)
  const end = useEndSessions()
  if (error && !data) return <ErrorNote error={error} onRetry={() => void refetch()} />
  if (isPending) {
    return (
      <Loading label="Loading the sessions">
        <Skeleton className="h-32 w-full" />
      </Loading>
    )
  }
  const others = data.filter(({ current }) => !current)
  const endAll = (sessions: readonly SignedIn[], said: string) =>
    end.mutate(
      sessions.map(({ id }) => id),
      {
        onSuccess: () => toast({ text: said }),
        onError: (error) => toast({ text: explain(error).detail, tone: 'bad' }),
      },
    )
  return (
    <div>
      <ul className="divide-y divide-line border-y border-line">
        {data.map((session) => {
          const device = deviceOf(session.user_agent)
          return (
            <li key={session.id} className="flex items-center justify-between gap-4 py-3">
              <div className="min-w-0">
                <p className="font-medium">
                  {device}
                  {session.current && <span className="ml-2 bg-mark px-1 text-note font-semibold text-on-mark">This device</span>}
                </p>
                <p className="figures text-note text-faint">
                  {session.ip_address}, used {formatRelative(session.last_used_at)}, signed in {formatRelative(session.created_at)}
                </p>
              </div>
              {!session.current && (
                <Button
                  size="sm"
                  aria-label={`Sign out ${device}`}
                  disabled={end.isPending}
                  onClick={() => endAll([session], `${device} is signed out`)}
                >
                  Sign out
                </Button>
              )}
            </li>
          )
        })}
      </ul>
      {others.length > 1 && (
        <Button className="mt-4" disabled={end.isPending} onClick={() => endAll(others, 'Every other device is signed out')}>
          Sign out everywhere else
        </Button>
      )}
    </div>
  )
}
