import { LinkButton } from '@/components/button'
import { PageHead } from '@/components/page'

export default function NotFound() {
  return (
    <div className="page">
      <PageHead title="Nothing at this address">The link may be old, or the draft was deleted.</PageHead>
      <LinkButton look="primary" to="/" className="mt-8">
        Today’s drafts
      </LinkButton>
    </div>
  )
}
