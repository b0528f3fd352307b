import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '@/components/button'
import { ErrorNote, Loading, Skeleton } from '@/components/feedback'
import { TextField } from '@/components/field'
import { toast } from '@/components/toast'
import type { Draft } from '@/lib/api/drafts'
import { commands, type Revision } from '@/lib/api/commands'
import { explain } from '@/lib/api/problem'
import { classes } from '@/lib/classes'
import { formatMoment } from '@/lib/format'
import { revisionsQuery } from '../../api/revisions'
import { WordDiff } from './diff'
import { SideBySide } from './side-by-side'

const POLL_MS = 1500

/** Every text that this draft has had: compare, go back, or have another one written. */
export default function Versions({ draft, text, isFrozen }: { draft: Draft; text: string; isFrozen: boolean }) {
  const client = useQueryClient()
  const [awaited, setAwaited] = useState<number | null>(null)
  const { data, error, isPending } = useQuery({
    ...revisionsQuery(draft.id),
    refetchInterval: ({ state }) => (awaited && !hasGeneration(state.data, awaited) ? POLL_MS : false),
  })
  const [shown, setShown] = useState<string | null>(null)
  const [compared, setCompared] = useState<string | null>(null)
  const isWriting = awaited !== null && !hasGeneration(data, awaited)

  const arrived = awaited === null ? undefined : data?.find(({ generation, content_text }) => generation === awaited && content_text !== null)
  const comparing = compared === null ? arrived : data?.find(({ revision }) => revision === compared)
  const endComparing = () => {
    setAwaited(null)
    setCompared(null)
  }

  const restore = useMutation({
    mutationFn: (revision: string) => commands.revert(draft.id, revision),
    onSuccess: () => {
      endComparing()
      toast({ text: 'Restored' })
      void client.invalidateQueries({ queryKey: ['revisions', draft.id] })
      return client.invalidateQueries({ queryKey: ['content'] })
    },
    onError: (error) => toast({ text: explain(error).detail, tone: 'bad' }),
  })
  const again = useMutation({
    mutationFn: (instruction: string) => commands.regenerate(draft.id, instruction),
    onSuccess: ({ generation }) => setAwaited(generation),
    onError: (error) => toast({ text: explain(error).detail, tone: 'bad' }),
  })

  if (error) return <ErrorNote error={error} />
  if (isPending) {
    return (
      <Loading label="Loading the versions">
        <Skeleton className="h-48 w-full" />
      </Loading>
    )
  }
  return (
    <div>
      <form
        className="flex items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          again.mutate((new FormData(event.currentTarget).get('instruction') as string).trim())
        }}
      >
        <TextField
          label="Have it written again"
          name="instruction"
          maxLength={1000}
          placeholder="punchier, with an example"
          className="flex-1"
        />
        <Button type="submit" icon="spark" disabled={again.isPending || isWriting || isFrozen}>
          Write
        </Button>
      </form>
      {isWriting && (
        <p role="status" className="mt-3 animate-[breathe_2s_infinite] text-note text-soft">
          Another version is being written. Yours stays until you choose.
        </p>
      )}
      <ol className="mt-5 border-t border-line">
        {data.toReversed().map((revision) => (
          <Version
            key={revision.revision}
            revision={revision}
            current={text}
            isOpen={shown === revision.revision}
            onToggle={() => setShown(shown === revision.revision ? null : revision.revision)}
            onCompare={() => setCompared(revision.revision)}
            onRestore={isFrozen ? undefined : () => restore.mutate(revision.revision)}
          />
        ))}
      </ol>
      {comparing?.content_text != null && !isFrozen && (
        <SideBySide
          title={comparing === arrived ? 'Another version is written' : 'Side by side'}
          mine={{ title: 'What stands now', text, choose: 'Keep what stands', onChoose: endComparing }}
          other={{
            title: originOf(comparing),
            text: comparing.content_text,
            choose: 'Use this one',
            onChoose: () => restore.mutate(comparing.revision),
          }}
          onClose={endComparing}
        >
          The one that you don’t choose stays among the versions.
        </SideBySide>
      )}
    </div>
  )
}

function originOf({ source, generation }: Revision): string {
  return source === 'ai' ? `AI, version ${generation ?? 1}` : 'Your edit'
}

function hasGeneration(revisions: readonly Revision[] | undefined, generation: number): boolean {
  return revisions?.some((revision) => revision.generation === generation && revision.status !== 'requested') ?? false
}

function Version({
  revision,
  current,
  isOpen,
  onToggle,
  onCompare,
  onRestore,
}: {
  revision: Revision
  current: string
  isOpen: boolean
  onToggle: () => void
  onCompare: () => void
  onRestore: (() => void) | undefined
}) {
  const text = revision.content_text
  const isCurrent = text === current
  return (
    <li className="border-b border-line">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={onToggle}
        className="flex w-full items-baseline justify-between gap-4 py-3 text-left text-note -outline-offset-2"
      >
        <span className={classes('font-semibold', isCurrent && 'bg-mark px-1 text-on-mark')}>
          {originOf(revision)}
          {isCurrent && ', shown now'}
        </span>
        <span className="figures text-faint">{formatMoment(revision.created_at)}</span>
      </button>
      {isOpen && (
        <div className="pb-4">
          {revision.instruction && <p className="mb-2 text-note text-soft">Asked: “{revision.instruction}”</p>}
          {text === null ? (
            <p className="text-note text-soft">{revision.error?.message ?? 'Still being written.'}</p>
          ) : isCurrent ? (
            <p className="text-note whitespace-pre-wrap">{text}</p>
          ) : (
            <WordDiff before={current} after={text} />
          )}
          {text !== null && !isCurrent && onRestore && (
            <div className="mt-3 flex flex-wrap gap-2">
              <Button size="sm" icon="history" onClick={onRestore}>
                Use this one
              </Button>
              <Button size="sm" look="quiet" onClick={onCompare}>
                Side by side
              </Button>
            </div>
          )}
        </div>
      )}
    </li>
  )
}
