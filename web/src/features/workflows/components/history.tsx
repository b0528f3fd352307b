import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { Button, LinkButton } from '@/components/button'
import { Empty, ErrorNote, Loading, Skeleton } from '@/components/feedback'
import { PageHead } from '@/components/page'
import { capitalise, formatMoment, formatSeconds } from '@/lib/format'
import { workflowPagesQuery, type Workflow } from '../api/workflows'
import { StatusLabel } from './status'

export default function History() {
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(workflowPagesQuery)
  const workflows = data?.pages.flatMap(({ workflows }) => workflows) ?? []
  return (
    <div className="page">
      <PageHead title="Runs">Every time Polycast thought of ideas and had them written.</PageHead>
      <div className="mt-8">
        {error && !data ? (
          <ErrorNote error={error} onRetry={() => void refetch()} />
        ) : isPending ? (
          <Loading label="Loading the runs">
            <Skeleton className="h-64 w-full" />
          </Loading>
        ) : workflows.length === 0 ? (
          <Empty title="No run yet" action={<LinkButton to="/">Start one</LinkButton>}>
            Runs start by themselves at the scheduled time, or when you say so.
          </Empty>
        ) : (
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls by keyboard where it is narrow
          <div tabIndex={0} role="region" aria-label="Runs" className="overflow-x-auto">
            <table className="figures w-full min-w-xl border-collapse text-left">
              <thead>
                <tr className="border-b-2 border-ink text-note text-faint">
                  {['Started', 'Status', 'By', 'Ideas', 'Drafts', 'Failed', 'Took'].map((name) => (
                    <th key={name} scope="col" className="py-2 pr-6 font-medium">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {workflows.map((workflow) => (
                  <Row key={workflow.id} workflow={workflow} />
                ))}
              </tbody>
            </table>
          </div>
        )}
        {hasNextPage && (
          <Button className="mt-6" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Earlier runs
          </Button>
        )}
      </div>
    </div>
  )
}

function Row({ workflow }: { workflow: Workflow }) {
  return (
    <tr className="border-b border-line hover:bg-surface">
      <td className="py-3 pr-6">
        <Link to={`/runs/${workflow.id}`} className="font-medium underline decoration-edge underline-offset-4 hover:decoration-ink">
          {formatMoment(workflow.started_at)}
        </Link>
        {workflow.context && <p className="max-w-xs truncate text-note text-faint">{workflow.context}</p>}
      </td>
      <td className="pr-6">
        <StatusLabel status={workflow.status} />
      </td>
      <td className="pr-6 text-soft">{capitalise(workflow.trigger_type)}</td>
      <td className="pr-6">{workflow.ideas_generated}</td>
      <td className="pr-6">{workflow.content_generated}</td>
      <td className={workflow.content_failed ? 'pr-6 text-bad' : 'pr-6'}>{workflow.content_failed}</td>
      <td className="text-soft">{duration(workflow)}</td>
    </tr>
  )
}

function duration({ started_at, completed_at }: Workflow): string {
  if (!completed_at) return '–'
  return formatSeconds((new Date(completed_at).getTime() - new Date(started_at).getTime()) / 1000)
}
