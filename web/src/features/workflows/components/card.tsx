import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Link } from 'react-router'
import { ErrorNote, Loading, Skeleton } from '@/components/feedback'
import { scheduleQuery } from '@/lib/api/queries'
import { refreshStale } from '@/lib/api/refresh'
import { formatInZone, formatMoment, formatRelative, formatSeconds } from '@/lib/format'
import { useLive } from '@/lib/live'
import { latestWorkflowQuery, pollingInterval, workflowQuery, type Workflow } from '../api/workflows'
import { ProgressTable } from './progress'
import { RetryFailed } from './retry'

/** The last run and the next; while one is running, how far it is. */
export function WorkflowCard() {
  const isLive = useLive() === 'live'
  const { data: latest, isPending, error, refetch } = useQuery({
    ...latestWorkflowQuery,
    refetchInterval: ({ state }) =>
      state.data?.status === 'running' && !isLive ? pollingInterval(state.data.started_at) : false,
  })
  if (error) return <ErrorNote error={error} onRetry={() => void refetch()} />
  if (isPending) {
    return (
      <Loading label="Loading the last run">
        <Skeleton className="h-66 w-full sm:h-27" />
      </Loading>
    )
  }
  if (!latest) return <NextRun />
  return latest.status === 'running' ? <Running workflow={latest} isLive={isLive} /> : <Over workflow={latest} />
}

function Running({ workflow, isLive }: { workflow: Workflow; isLive: boolean }) {
  const interval = isLive ? false : pollingInterval(workflow.started_at)
  const { data } = useQuery({ ...workflowQuery(workflow.id), refetchInterval: interval })
  const all = Object.values(data?.progress ?? {})
  const expected = all.reduce((sum, { expected }) => sum + expected, 0)
  const done = all.reduce((sum, { generated = 0, failed = 0 }) => sum + generated + failed, 0)
  const client = useQueryClient()
  useEffect(() => {
    if (isLive) return
    void refreshStale(client, 'content')
    // When it ends, too: then this is no longer shown.
    return () => void refreshStale(client, 'content')
  }, [client, isLive, done])
  return (
    <section aria-labelledby="running" className="rounded-lg border border-line bg-surface p-5 shadow-raised sm:p-7">
      <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <h2 id="running" className="font-serif text-title">
          {data?.ideas.length ? 'Writing the drafts' : 'Thinking of ideas'}
        </h2>
        <p aria-live="polite" className="figures text-note text-soft">
          {expected > 0 && `${done} of ${expected} drafts · `}started {formatRelative(workflow.started_at)}
        </p>
      </div>
      <div
        role="progressbar"
        aria-label="Drafts written"
        aria-valuemin={0}
        aria-valuemax={Math.max(expected, 1)}
        aria-valuenow={done}
        className="mt-4 h-1.5 overflow-hidden rounded-full bg-sunk"
      >
        <div
          className="h-full rounded-full bg-mark transition-[width] duration-500 ease-out"
          style={{ width: `${expected ? Math.max(3, (100 * done) / expected) : 3}%` }}
        />
      </div>
      <div className="mt-5">
        {data ? <ProgressTable workflow={data} interval={interval} /> : <Skeleton className="h-48 w-full" />}
      </div>
    </section>
  )
}

function Over({ workflow }: { workflow: Workflow }) {
  const hasFailed = workflow.status === 'failed'
  const seconds = workflow.completed_at
    ? (new Date(workflow.completed_at).getTime() - new Date(workflow.started_at).getTime()) / 1000
    : null
  return (
    <section aria-label="Workflow" className="border-y border-line">
      <dl className="grid grid-cols-3 gap-x-6 gap-y-4 py-5 sm:flex sm:flex-wrap sm:gap-x-14">
        <Fact label="Last run" className="max-sm:col-span-3">
          <Link to={`/runs/${workflow.id}`} className="underline decoration-edge underline-offset-4 hover:decoration-ink">
            {hasFailed ? 'Failed' : 'Done'}, {formatMoment(workflow.started_at)}
          </Link>
          {seconds !== null && <span className="block text-note text-faint">in {formatSeconds(seconds)}</span>}
        </Fact>
        <Fact label="Ideas">{workflow.ideas_generated}</Fact>
        <Fact label="Drafts">{workflow.content_generated}</Fact>
        <Fact label="Failed">
          <span className={workflow.content_failed ? 'text-bad' : undefined}>{workflow.content_failed}</span>
        </Fact>
        <NextFact />
      </dl>
      {workflow.error_message && (
        <div className="mb-5 flex flex-wrap items-center justify-between gap-3 rounded-md bg-bad-wash px-4 py-3 text-note">
          <p>{workflow.error_message}</p>
          <RetryFailed workflow={workflow} />
        </div>
      )}
    </section>
  )
}

function NextRun() {
  return (
    <section aria-label="Workflow" className="border-y border-line">
      <dl className="py-5">
        <NextFact />
      </dl>
    </section>
  )
}

function NextFact() {
  const { data: schedule } = useQuery(scheduleQuery)
  const next = schedule?.next_runs[0]
  return (
    <Fact label="Next run" className="max-sm:col-span-3 sm:ml-auto">
      {next ? formatInZone(next, schedule.timezone ?? 'UTC') : schedule ? 'Not scheduled' : '…'}
      <span className="block text-note text-faint">
        {next && `${formatRelative(next)} · `}
        <Link to="/settings" className="underline underline-offset-3 hover:text-ink">
          change
        </Link>
      </span>
    </Fact>
  )
}

function Fact({ label, className, children }: { label: string; className?: string; children: React.ReactNode }) {
  return (
    <div className={className}>
      <dt className="text-note text-faint">{label}</dt>
      <dd className="figures mt-0.5 text-lead font-medium">{children}</dd>
    </div>
  )
}
