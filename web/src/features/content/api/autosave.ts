import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { draftQuery, type VersionedDraft } from '@/lib/api/drafts'
import { commands } from '@/lib/api/commands'
import { explain, Problem } from '@/lib/api/problem'
import { patchDrafts } from './state'
import { forgetUnsaved, keepUnsaved, unsaved } from '@/lib/unsaved'

const QUIET_MS = 1200

export type SaveStatus =
  | { kind: 'saved' }
  | { kind: 'typing' }
  | { kind: 'saving' }
  | { kind: 'refused'; reason: string }
  /** Somebody, perhaps in another tab, saved another text meanwhile. */
  | { kind: 'conflict'; theirs: VersionedDraft }

interface Base {
  text: string
  etag: string | null
}

/**
 * Keeps a draft's text saved: once the typing rests, on leaving, and after a conflict only when its reader has
 * chosen. Until the server has it, the text is kept in this tab.
 */
export function useAutosave({ draft, etag }: VersionedDraft) {
  const client = useQueryClient()
  const onServer = draft.content_text ?? ''
  const [base, setBase] = useState<Base>({ text: onServer, etag })
  const [text, setText] = useState(() => unsaved(draft.id) ?? onServer)
  const [conflict, setConflict] = useState<VersionedDraft | null>(null)
  const isDirty = text !== base.text

  if (onServer !== base.text && !isDirty) {
    // Changed elsewhere while nothing was typed here: follow.
    setBase({ text: onServer, etag })
    setText(onServer)
  } else if (onServer === base.text && etag !== base.etag) {
    // Another field changed, such as the state: the same text has a new version.
    setBase({ text: base.text, etag })
  }

  const { mutateAsync, isPending, error } = useMutation({
    mutationFn: async (save: Base) => {
      const id = draft.id
      try {
        return await commands.save(id, save.text, save.etag)
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 412) throw error
        const theirs = await client.query({ ...draftQuery(id), staleTime: 0 })
        if (theirs.draft.content_text === base.text) return commands.save(id, save.text, theirs.etag)
        setConflict(theirs)
        return null
      }
    },
    onSuccess: (saved, { text }) => {
      if (!saved) return
      setBase({ text, etag: saved.etag })
      client.setQueryData(draftQuery(draft.id).queryKey, saved)
      patchDrafts(client, new Set([draft.id]), saved.draft)
      void client.invalidateQueries({ queryKey: ['content', 'total'] })
      void client.invalidateQueries({ queryKey: ['revisions', draft.id] })
    },
  })

  const save = async (from: Base = { text, etag: base.etag }) => {
    if (conflict || !from.text.trim() || from.text === base.text) return
    await mutateAsync(from).catch(() => undefined)
  }

  useEffect(() => {
    if (isDirty) keepUnsaved(draft.id, text)
    else forgetUnsaved(draft.id)
  }, [isDirty, draft.id, text])

  const latest = useRef(save)
  useEffect(() => {
    latest.current = save
  })
  const mayRetry = !(error instanceof Problem) || error.isTemporary
  useEffect(() => {
    if (!isDirty || conflict || isPending) return
    const timer = setTimeout(() => void latest.current(), error && mayRetry ? 4 * QUIET_MS : QUIET_MS)
    return () => clearTimeout(timer)
  }, [text, isDirty, conflict, isPending, error, mayRetry])
  useEffect(() => () => void latest.current(), [])

  const settle = (kept: string, theirs: VersionedDraft) => {
    setConflict(null)
    setBase({ text: theirs.draft.content_text ?? '', etag: theirs.etag })
    setText(kept)
  }

  return {
    text,
    setText,
    isDirty,
    save: () => save(),
    settle,
    status: statusOf({ isDirty, isPending, error, conflict }),
  }
}

function statusOf(now: {
  isDirty: boolean
  isPending: boolean
  error: Error | null
  conflict: VersionedDraft | null
}): SaveStatus {
  if (now.conflict) return { kind: 'conflict', theirs: now.conflict }
  if (now.isPending) return { kind: 'saving' }
  if (!now.isDirty) return { kind: 'saved' }
  return now.error ? { kind: 'refused', reason: explain(now.error).detail } : { kind: 'typing' }
}
