import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { ErrorNote, Loading, Skeleton } from '@/components/feedback'
import { Icon } from '@/components/icons'
import { PageHead } from '@/components/page'
import { capitalise, formatMoment, formatSeconds } from '@/lib/format'
import { useLive } from '@/lib/live'
import { pollingInterval, workflowQuery, type WorkflowDetail } from '../api/workflows'
import { ProgressTable } from './progress'
import { RetryFailed } from './retry'
import { StatusLabel } from './status'

export function RunDetail({ id }: { id: string }) {
  const isLive = useLive() === 'live'
  const { data, error, refetch } = useQuery({
    ...workflowQuery(id),
    refetchInterval: ({ state }) =>
      state.data?.status === 'running' && !isLive ? pollingInterval(state.data.started_at) : false,
  })
  if (error && !data) return <ErrorNote error={error} onRetry={() => void refetch()} />
  if (!data) {
    return (
      <Loading label="Loading the run">
        <Skeleton className="h-80 w-full" />
      </Loading>
    )
  }
  const interval = data.status === 'running' && !isLive ? pollingInterval(data.started_at) : false
  return (
    <>
      <Link to="/runs" className="mb-5 inline-flex items-center gap-1 text-note text-soft hover:text-ink">
        <Icon name="back" /> All runs
      </Link>
      <PageHead title={formatMoment(data.started_at, true)} tab="Run" actions={<RetryFailed workflow={data} />}>
        <StatusLabel status={data.status} />, {capitalise(data.trigger_type)}
        {data.context && <>: “{data.context}”</>}
      </PageHead>
      {data.error_message && <p className="mt-5 rounded-md bg-bad-wash px-4 py-3">{data.error_message}</p>}
      <div className="mt-8">
        <Timeline workflow={data} />
      </div>
      <div className="mt-8">
        <ProgressTable workflow={data} interval={interval} />
      </div>
    </>
  )
}

/** When each stage was reached, in seconds after the start, drawn to scale. */
function Timeline({ workflow }: { workflow: WorkflowDetail }) {
  const { timings, started_at, completed_at } = workflow
  const start = new Date(started_at).getTime()
  const stages = [
    { label: 'Started', at: started_at },
    { label: 'First idea', at: timings.first_idea_at },
    { label: 'First draft', at: timings.first_draft_at },
    { label: 'Last draft', at: timings.last_draft_at },
    { label: 'Done', at: completed_at },
  ].flatMap(({ label, at }) => (at ? [{ label, seconds: Math.max(0, (new Date(at).getTime() - start) / 1000) }] : []))
  const length = Math.max(...stages.map(({ seconds }) => seconds), 0.001)
  return (
    <section aria-label="Timeline">
      <div aria-hidden="true" className="relative h-3">
        <div className="absolute inset-x-0 top-1 h-1 rounded-full bg-sunk" />
        {stages.map(({ label, seconds }) => (
          <span
            key={label}
            className="absolute top-0 size-3 -translate-x-1/2 rounded-full border-2 border-paper bg-ink first:translate-x-0 last:-translate-x-full"
            style={{ left: `${(100 * seconds) / length}%` }}
          />
        ))}
      </div>
      <ol className="figures mt-3 flex flex-wrap justify-between gap-x-6 gap-y-2 text-note">
        {stages.map(({ label, seconds }) => (
          <li key={label}>
            <span className="text-faint">{label}</span>
            <span className="block font-medium">{formatSeconds(seconds)}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}
