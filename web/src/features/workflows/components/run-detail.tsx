import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { PlatformName } from '@/components/badges'
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
      <Usage workflow={data} />
      <div className="mt-8">
        <ProgressTable workflow={data} interval={interval} />
      </div>
      {data.timeline.length > 0 && <Moments workflow={data} />}
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
      <div aria-hidden="true" className="relative h-3 max-sm:hidden">
        <div className="absolute inset-x-0 top-1 h-1 rounded-full bg-sunk" />
        {stages.map(({ label, seconds }) => (
          <span
            key={label}
            className="absolute top-0 size-3 -translate-x-1/2 rounded-full border-2 border-paper bg-ink first:translate-x-0 last:-translate-x-full"
            style={{ left: `${(100 * seconds) / length}%` }}
          />
        ))}
      </div>
      <ol className="figures mt-3 flex flex-wrap gap-x-10 gap-y-2 text-note">
        {stages.map(({ label, seconds }) => (
          <li key={label}>
            <span className="text-faint">{label}</span>
            <span className="block text-body font-medium">{formatSeconds(seconds)}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** What the run asked of the language model. */
function Usage({ workflow: { usage } }: { workflow: WorkflowDetail }) {
  const { tokens_in = 0, tokens_out = 0, cost_usd } = usage
  if (tokens_in + tokens_out === 0) return null
  return (
    <p className="figures mt-5 text-note text-soft">
      Cost <strong className="font-semibold text-ink">{cost_usd == null ? 'unknown' : `$${cost_usd.toFixed(4)}`}</strong>
      {`, ${tokens_in.toLocaleString()} tokens read, ${tokens_out.toLocaleString()} written`}
    </p>
  )
}

const EVENTS: Record<WorkflowDetail['timeline'][number]['event'], string> = {
  started: 'Started',
  idea: 'Idea',
  draft: 'Draft',
  failure: 'Could not be written',
  completed: 'Done',
  failed: 'Failed',
}

/** All that happened, in its order. */
function Moments({ workflow: { timeline, started_at } }: { workflow: WorkflowDetail }) {
  const start = new Date(started_at).getTime()
  return (
    <details className="mt-8 border-t border-line pt-4">
      <summary className="font-medium">Everything that happened</summary>
      <ol className="mt-3 grid gap-1.5 text-note">
        {timeline.map(({ at, event, platform, title, detail }, index) => (
          <li key={index} className="grid grid-cols-[4.5rem_1fr] gap-x-4">
            <time dateTime={at} className="figures text-right text-faint">
              {formatSeconds(Math.max(0, new Date(at).getTime() - start) / 1000)}
            </time>
            <span className={event === 'failure' || event === 'failed' ? 'text-bad' : undefined}>
              {EVENTS[event]}
              {platform && <PlatformName slug={platform} className="mx-2" />}
              <span className="text-soft"> {[title, detail].filter(Boolean).join(': ')}</span>
            </span>
          </li>
        ))}
      </ol>
    </details>
  )
}
