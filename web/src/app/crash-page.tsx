import { useRouteError } from 'react-router'
import { Button } from '@/components/button'
import { Empty } from '@/components/feedback'

/** A fault of the page itself, or a part of it that couldn't be fetched after an update. */
export function CrashPage() {
  const error = useRouteError()
  const isMissingPart = error instanceof TypeError && /import|fetch|module/i.test(error.message)
  return (
    <main>
      <Empty
        title={isMissingPart ? 'This page has been updated' : 'Something broke here'}
        action={
          <Button look="primary" icon="retry" onClick={() => location.reload()}>
            Load it again
          </Button>
        }
      >
        {isMissingPart
          ? 'A new version replaced the one in this tab, or the connection is gone.'
          : 'It is our fault, not yours. What you wrote is kept in this tab.'}
      </Empty>
    </main>
  )
}
