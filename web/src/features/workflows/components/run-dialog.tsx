import { useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { ErrorNote } from '@/components/feedback'
import { Choices, TextArea } from '@/components/field'
import { Problem } from '@/lib/api/problem'
import { usePlatforms } from '@/lib/api/queries'
import { plural } from '@/lib/format'
import { useExecute } from '../api/workflows'

const MOST_IDEAS = 10
const USUAL_IDEAS = 5

/** Start a run now: how many ideas, for which platforms, about what. */
export function RunDialog({ onClose }: { onClose: () => void }) {
  const platforms = usePlatforms()
  const [count, setCount] = useState(USUAL_IDEAS)
  const [excluded, setExcluded] = useState<string[]>([])
  const [context, setContext] = useState('')
  const { mutate, isPending, error } = useExecute()
  const chosen = platforms.map(({ slug }) => slug).filter((slug) => !excluded.includes(slug))
  const isRunning = error instanceof Problem && error.status === 409

  const start = (force: boolean) =>
    mutate(
      {
        trigger_type: 'manual',
        idea_count: count,
        platforms: excluded.length ? chosen : [],
        context: context.trim() || null,
        force,
      },
      { onSuccess: onClose },
    )

  return (
    <Dialog title="Run now" onClose={onClose}>
      <form
        className="grid gap-6"
        onSubmit={(event) => {
          event.preventDefault()
          start(false)
        }}
      >
        <div>
          <label htmlFor="idea-count" className="flex items-baseline justify-between text-note font-semibold">
            Ideas
            <output htmlFor="idea-count" className="figures font-serif text-head font-medium">
              {count}
            </output>
          </label>
          <input
            id="idea-count"
            type="range"
            min={1}
            max={MOST_IDEAS}
            value={count}
            onChange={(event) => setCount(event.target.valueAsNumber)}
            className="mt-1 w-full"
          />
        </div>
        <Choices
          legend="For"
          options={platforms.map(({ slug, name }) => ({ value: slug, label: name }))}
          chosen={chosen}
          onChange={(next) => setExcluded(platforms.map(({ slug }) => slug).filter((slug) => !next.includes(slug)))}
        />
        <TextArea
          label="About (if you like)"
          placeholder="We launched our new API today; I spoke about platform teams at a meetup…"
          value={context}
          maxLength={4000}
          rows={3}
          onChange={(event) => setContext(event.target.value)}
          hint="Left empty, the ideas follow your topics in Settings."
        />
        {error && !isRunning && <ErrorNote error={error} />}
        {isRunning && (
          <div role="alert" className="rounded-md bg-warn-wash px-4 py-3 text-note">
            A run is under way. Wait for it, or start another beside it.
          </div>
        )}
        <div className="flex items-center justify-between gap-4">
          <p className="figures text-note text-faint">{plural(count * chosen.length, 'draft')}</p>
          <div className="flex gap-2.5">
            <Button onClick={onClose}>Cancel</Button>
            {isRunning ? (
              <Button look="primary" disabled={isPending} onClick={() => start(true)}>
                Start another
              </Button>
            ) : (
              <Button type="submit" look="primary" icon="play" disabled={isPending || chosen.length === 0}>
                {isPending ? 'Starting…' : 'Start'}
              </Button>
            )}
          </div>
        </div>
      </form>
    </Dialog>
  )
}
