import { LinkButton } from '@/components/button'
import { Empty } from '@/components/feedback'

export default function NotFound() {
  return (
    <Empty
      title="Nothing at this address"
      action={
        <LinkButton look="primary" to="/">
          Today’s drafts
        </LinkButton>
      }
    >
      The link may be old, or the draft was deleted.
    </Empty>
  )
}
