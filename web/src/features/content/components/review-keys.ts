import { useEffect } from 'react'
import { useNavigate } from 'react-router'
import type { Draft } from '@/lib/api/drafts'
import { copy } from '@/lib/clipboard'
import { readingOrder } from '@/lib/reading-order'
import { useShortcuts, type Shortcuts } from '@/lib/shortcuts'
import { useSetState } from '../api/state'

interface Review {
  drafts: readonly Draft[]
  currentId: string | null
  setCurrent: (id: string, index: number) => void
  /** Absent where nothing can be selected. */
  toggle?: (id: string) => void
}

/** Reviewing a list of drafts by single keys: j and k move, the rest acts on the current one. */
export function useReviewKeys({ drafts, currentId, setCurrent, toggle }: Review): void {
  const navigate = useNavigate()
  const { mutate } = useSetState()
  const index = drafts.findIndex(({ id }) => id === currentId)
  const current = drafts[index]
  useEffect(() => readingOrder.set(drafts.map(({ id }) => id)), [drafts])

  const move = (step: number) => {
    const next = Math.min(drafts.length - 1, Math.max(0, index < 0 ? 0 : index + step))
    const draft = drafts[next]
    if (draft) setCurrent(draft.id, next)
  }
  const withCurrent = (act: (draft: Draft) => void) => () => {
    if (current) act(current)
  }
  const setState = (state: Draft['state']) => withCurrent((draft) => mutate({ drafts: [draft], state }))

  const shortcuts: Shortcuts = {
    j: { label: 'Next draft', run: () => move(1) },
    k: { label: 'Previous draft', run: () => move(-1) },
    e: { label: 'Open and edit', run: withCurrent(({ id }) => void navigate(`/drafts/${id}`)) },
    r: { label: 'Mark reviewed', run: setState('reviewed') },
    y: { label: 'Mark ready', run: setState('ready') },
    c: { label: 'Copy the text', run: withCurrent(({ content_text }) => void copy(content_text ?? '', 'Text')) },
  }
  if (toggle) shortcuts.x = { label: 'Select', run: withCurrent(({ id }) => toggle(id)) }
  useShortcuts('Drafts', shortcuts)
}

/** Brings a draft's element into view and gives it the focus. */
export function focusDraft(id: string): void {
  const element = document.getElementById(`draft-${id}`)
  element?.focus({ preventScroll: true })
  element?.scrollIntoView({ block: 'nearest' })
}
