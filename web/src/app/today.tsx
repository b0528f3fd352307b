import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '@/components/button'
import { Empty } from '@/components/feedback'
import { PageHead } from '@/components/page'
import { Ledger } from '@/features/content/components/ledger'
import { TodaysIdeas } from '@/features/content/components/todays-ideas'
import { OwnIdeaDialog } from '@/features/ideas/components/own-idea'
import { WorkflowCard } from '@/features/workflows/components/card'
import { RunDialog } from '@/features/workflows/components/run-dialog'
import { draftsQuery } from '@/lib/api/drafts'
import { useToday } from '@/lib/api/queries'
import { formatDay, plural } from '@/lib/format'
import { useShortcuts } from '@/lib/shortcuts'

type Open = 'run' | 'idea' | null

export default function Today() {
  const [open, setOpen] = useState<Open>(null)
  const today = useToday()
  const { data } = useQuery(draftsQuery({ date: today }))
  useShortcuts('Today', {
    n: { label: 'Run now', run: () => setOpen('run') },
    i: { label: 'My own idea', run: () => setOpen('idea') },
  })
  const unread = data?.content.filter(({ state }) => state === 'generated' || state === 'edited').length ?? 0
  const actions = (
    <>
      <Button icon="pencil" onClick={() => setOpen('idea')}>
        My own idea
      </Button>
      <Button look="primary" icon="play" onClick={() => setOpen('run')}>
        Run now
      </Button>
    </>
  )
  return (
    <div className="page">
      <PageHead title={formatDay(new Date(`${today}T12:00:00`))} tab="Today" actions={actions}>
        <p className="min-h-[1.45em]">{data && summary(data.total, unread)}</p>
      </PageHead>
      <div className="mt-8 grid gap-7">
        <WorkflowCard />
        <Ledger />
      </div>
      <section aria-labelledby="todays" className="mt-12">
        <h2 id="todays" className="mb-4 border-t-2 border-ink pt-3 font-serif text-lead font-medium">
          Today’s ideas
        </h2>
        <TodaysIdeas
          empty={
            <Empty title="Nothing yet today" action={actions}>
              Polycast thinks of a few ideas at the scheduled time and writes each out for every platform. You needn’t
              wait: start a run now, or hand in an idea of your own.
            </Empty>
          }
        />
      </section>
      {open === 'run' && <RunDialog onClose={() => setOpen(null)} />}
      {open === 'idea' && <OwnIdeaDialog onClose={() => setOpen(null)} onCreated={() => setOpen(null)} />}
    </div>
  )
}

function summary(total: number, unread: number): string {
  if (total === 0) return 'No drafts yet.'
  if (unread === 0) return `${plural(total, 'draft')}, all of them seen.`
  return `${plural(total, 'draft')}. ${unread === total ? 'All' : unread} still want your eyes.`
}
