import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { Button } from '@/components/button'
import { toast } from '@/components/toast'
import type { Draft } from '@/lib/api/drafts'
import { commands } from '@/lib/api/commands'
import { explain } from '@/lib/api/problem'
import type { Platform } from '@/lib/api/queries'
import { copy, download } from '@/lib/clipboard'
import { composeLink } from '../preview/description'

/** The ways out: to the clipboard, to the network's own editor, to a file, or away. */
export function OutActions({ draft, text, platform }: { draft: Draft; text: string; platform: Platform }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const link = composeLink(platform, 'text', text)
  const restore = useMutation({
    mutationFn: () => commands.restore(draft.id),
    onSettled: () => client.invalidateQueries({ queryKey: ['content'] }),
  })
  const remove = useMutation({
    mutationFn: () => commands.remove(draft.id),
    onSuccess: async () => {
      toast({ text: 'Deleted, for good after 30 days', action: { label: 'Undo', run: () => restore.mutate() } })
      await navigate('/pipeline')
      return client.invalidateQueries({ queryKey: ['content'] })
    },
    onError: (error) => toast({ text: explain(error).detail, tone: 'bad' }),
  })
  return (
    <div className="mt-5 flex flex-wrap gap-2">
      <Button size="sm" icon="copy" onClick={() => void copy(text, 'Text')}>
        Copy
      </Button>
      {link && (
        <a
          href={link}
          target="_blank"
          rel="noreferrer"
          className="inline-flex h-8 items-center gap-2 rounded-md border border-edge/60 bg-surface px-2.5 text-note font-medium hover:border-ink"
        >
          Open in {platform.name}
        </a>
      )}
      <Button size="sm" icon="download" onClick={() => download(fileName(draft), asMarkdown(draft, text, platform))}>
        Markdown
      </Button>
      <Button size="sm" look="quiet" icon="trash" className="ml-auto text-bad!" disabled={remove.isPending} onClick={() => remove.mutate()}>
        Delete
      </Button>
    </div>
  )
}

function fileName({ core_idea, platform }: Draft): string {
  const title = (core_idea.title ?? 'draft').toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '')
  return `${title}.${platform}.md`
}

function asMarkdown({ core_idea, state }: Draft, text: string, { name }: Platform): Blob {
  const head = `# ${core_idea.title ?? 'Draft'}\n\n*${name}, ${state}. AI-generated.*\n\n`
  return new Blob([head, text, '\n'], { type: 'text/markdown' })
}
