import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from 'react-router'
import { LinkButton } from '@/components/button'
import { Empty, ErrorNote, Loading, Skeleton } from '@/components/feedback'
import { draftQuery } from '@/lib/api/drafts'
import { fromLists } from '../../api/state'
import { Problem } from '@/lib/api/problem'
import { DraftDesk } from './desk'
import { FailedDraft } from './failed'

export default function DraftPage() {
  const { id = '' } = useParams()
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({
    ...draftQuery(id),
    // What a list has shown can be read at once, and without a connection.
    initialData: () => fromLists(client, id),
    initialDataUpdatedAt: 0,
  })
  const isGone = error instanceof Problem && [403, 404, 422].includes(error.status)
  if (error && (isGone || !data)) {
    return (
      <div className="page">
        {isGone ? (
          <Empty title="This draft isn’t here" action={<LinkButton to="/pipeline">All drafts</LinkButton>}>
            {error.message}
          </Empty>
        ) : (
          <ErrorNote error={error} onRetry={() => void refetch()} />
        )}
      </div>
    )
  }
  if (!data) return <Placeholder />
  if (data.draft.state === 'failed') return <FailedDraft draft={data.draft} />
  return <DraftDesk key={id} versioned={data} />
}

function Placeholder() {
  return (
    <Loading label="Loading the draft">
      <div className="page">
        <Skeleton className="h-5 w-40" />
        <Skeleton className="mt-6 h-10 w-2/3" />
        <div className="mt-8 grid gap-8 lg:grid-cols-[1fr_26rem]">
          <Skeleton className="h-96" />
          <Skeleton className="h-96" />
        </div>
      </div>
    </Loading>
  )
}
