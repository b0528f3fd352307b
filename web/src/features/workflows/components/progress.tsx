import { useQuery } from '@tanstack/react-query'
import { PlatformName } from '@/components/badges'
import { Icon } from '@/components/icons'
import { draftsQuery, type Draft } from '@/lib/api/drafts'
import { usePlatform, usePlatforms } from '@/lib/api/queries'
import { classes } from '@/lib/classes'
import type { WorkflowDetail } from '../api/workflows'

type Outcome = 'written' | 'failed' | 'waiting'

const WORDS: Record<Outcome, string> = { written: 'written', failed: 'could not be written', waiting: 'being written' }

function useDrafts(workflow: WorkflowDetail, interval: number | false): Map<string, Draft> {
  const hasFailures = Object.values(workflow.progress).some(({ failed }) => (failed ?? 0) > 0)
  const written = useQuery({ ...draftsQuery({ workflow_id: workflow.id }), refetchInterval: interval })
  const failed = useQuery({ ...draftsQuery({ workflow_id: workflow.id, state: 'failed' }), enabled: hasFailures })
  const all = [...(written.data?.content ?? []), ...(failed.data?.content ?? [])]
  return new Map(all.map((draft) => [`${draft.core_idea.id} ${draft.platform}`, draft]))
}

/** Idea by idea, platform by platform: what is written, what is on its way, what failed. */
export function ProgressTable({ workflow, interval }: { workflow: WorkflowDetail; interval: number | false }) {
  const drafts = useDrafts(workflow, interval)
  const announced = usePlatforms().map(({ slug }) => slug)
  const known = Object.keys(workflow.progress)
  const platforms = known.length ? known : announced
  const awaited = Math.max(0, workflow.status === 'running' ? workflow.idea_count - workflow.ideas.length : 0)
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls by keyboard where it is narrow
    <div tabIndex={0} role="region" aria-label="Progress" className="overflow-x-auto">
      <table className="w-full border-collapse text-left">
        <caption className="sr-only">Progress of this run</caption>
        <thead>
          <tr className="border-b border-line">
            <th scope="col" className="py-2 pr-4 align-bottom text-note font-semibold text-faint">
              Idea
            </th>
            {platforms.map((slug) => (
              <th key={slug} scope="col" className="w-10 py-2 text-center align-bottom sm:w-28 sm:pr-3">
                <PlatformName slug={slug} className="max-sm:rotate-180 max-sm:[writing-mode:vertical-rl]" />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {workflow.ideas.map((idea, index) => (
            <tr key={idea.id} className="border-b border-line">
              <th scope="row" className="py-2.5 pr-4 font-normal">
                <span className="figures mr-3 font-serif text-lead text-faint">{index + 1}</span>
                {idea.title}
              </th>
              {platforms.map((slug) => {
                const draft = drafts.get(`${idea.id} ${slug}`)
                const isAsked = idea.platforms.length === 0 || idea.platforms.includes(slug)
                const outcome: Outcome = !draft ? 'waiting' : draft.state === 'failed' ? 'failed' : 'written'
                return (
                  <td key={slug} className="text-center sm:pr-3">
                    {isAsked ? <Cell outcome={outcome} platform={slug} isOver={workflow.status !== 'running'} /> : '–'}
                  </td>
                )
              })}
            </tr>
          ))}
          {Array.from({ length: awaited }, (_, index) => (
            <tr key={index} className="border-b border-line">
              <th scope="row" className="py-2.5 pr-4 font-normal text-faint">
                <span className="figures mr-3 font-serif text-lead">{workflow.ideas.length + index + 1}</span>
                <span className="animate-[breathe_2s_infinite]">thinking…</span>
              </th>
              {platforms.map((slug) => (
                <td key={slug} className="text-center sm:pr-3">
                  <span aria-hidden="true" className="inline-block size-5 rounded-full border border-dashed border-line" />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Cell({ outcome, platform, isOver }: { outcome: Outcome; platform: string; isOver: boolean }) {
  const { name } = usePlatform(platform)
  const words = outcome === 'waiting' && isOver ? 'missing' : WORDS[outcome]
  return (
    <span
      role="img"
      aria-label={`${name}: ${words}`}
      title={words}
      className={classes(
        'inline-flex size-5 items-center justify-center rounded-full text-fine',
        outcome === 'written' && 'bg-mark text-on-mark',
        outcome === 'failed' && 'bg-bad-wash text-bad',
        outcome === 'waiting' && 'border border-dashed border-edge',
        outcome === 'waiting' && !isOver && 'animate-[breathe_1.6s_infinite]',
      )}
    >
      {outcome === 'written' && <Icon name="check" width="12" height="12" strokeWidth={2.5} />}
      {outcome === 'failed' && '!'}
    </span>
  )
}
