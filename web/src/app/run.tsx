import { useParams } from 'react-router'
import { LinkButton } from '@/components/button'
import { RunDetail } from '@/features/workflows/components/run-detail'

export default function Run() {
  const { id = '' } = useParams()
  return (
    <div className="page">
      <RunDetail id={id} />
      <div className="mt-8">
        <LinkButton to={`/pipeline?workflow_id=${id}`} icon="pipeline">
          Its drafts in the pipeline
        </LinkButton>
      </div>
    </div>
  )
}
