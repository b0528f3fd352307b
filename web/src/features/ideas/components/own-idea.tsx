import { useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { ErrorNote } from '@/components/feedback'
import { Choices, TextArea, TextField } from '@/components/field'
import { toast } from '@/components/toast'
import { Problem } from '@/lib/api/problem'
import { usePlatforms } from '@/lib/api/queries'
import { useCreateIdea } from '../api/ideas'

/** An idea of one's own, written out for every channel. */
export function OwnIdeaDialog({ onClose, onCreated }: { onClose: () => void; onCreated: (ideaId: string) => void }) {
  const platforms = usePlatforms()
  const [excluded, setExcluded] = useState<string[]>([])
  const { mutate, isPending, error } = useCreateIdea()
  const problem = error instanceof Problem ? error : null
  const chosen = platforms.map(({ slug }) => slug).filter((slug) => !excluded.includes(slug))
  return (
    <Dialog title="My own idea" onClose={onClose}>
      <form
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          const text = (name: string) => (form.get(name) as string).trim()
          mutate(
            {
              title: text('title'),
              description: text('description'),
              topic_category: text('topic') || 'general',
              platforms: excluded.length ? chosen : [],
            },
            {
              onSuccess: ({ id }) => {
                toast({ text: 'Your idea is being written out' })
                onCreated(id)
              },
            },
          )
        }}
      >
        <TextField
          label="The idea in a line"
          name="title"
          required
          maxLength={300}
          placeholder="Why we deleted half of our dashboards"
          error={problem?.field('title')}
        />
        <TextArea
          label="What should be said"
          name="description"
          required
          maxLength={4000}
          rows={4}
          placeholder="What happened, what you learned, what others could take from it."
          error={problem?.field('description')}
        />
        <TextField label="Topic (if you like)" name="topic" maxLength={100} placeholder="technology" />
        <Choices
          legend="For"
          options={platforms.map(({ slug, name }) => ({ value: slug, label: name }))}
          chosen={chosen}
          onChange={(next) => setExcluded(platforms.map(({ slug }) => slug).filter((slug) => !next.includes(slug)))}
        />
        {error && !problem?.document.errors && <ErrorNote error={error} />}
        <div className="flex justify-end gap-2.5">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" icon="pencil" disabled={isPending || chosen.length === 0}>
            Write it out
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
