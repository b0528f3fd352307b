import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { Segmented } from '@/components/button'
import { Skeleton } from '@/components/feedback'
import type { VersionedDraft } from '@/lib/api/drafts'
import { usePlatform } from '@/lib/api/queries'
import { copy } from '@/lib/clipboard'
import { readingOrder } from '@/lib/reading-order'
import { useShortcuts } from '@/lib/shortcuts'
import { useAutosave } from '../../api/autosave'
import { useLiveCheck } from '../../api/check'
import { OfflineBanner } from '../offline-banner'
import { Preview } from '../preview/preview'
import { Editor, type EditorHandle } from './editor'
import { Claims, focusNextClaim } from './claims'
import { Findings } from './findings'
import { DraftHead } from './head'
import { marksOf } from './marks'
import { OutActions } from './out-actions'
import { Provenance } from './provenance'
import { ReadyNote, StateButtons, useDraftState } from './state-buttons'
import { DraftNotes } from './notes'

const Versions = lazy(() => import('./versions'))
const ConflictDialog = lazy(() => import('./conflict'))
const OverrideDialog = lazy(() => import('./override'))

type Panel = 'preview' | 'versions' | 'about'

/** Where one draft is read, changed and let go. */
export function DraftDesk({ versioned }: { versioned: VersionedDraft }) {
  const { draft } = versioned
  const platform = usePlatform(draft.platform)
  const autosave = useAutosave(versioned)
  const check = useLiveCheck(draft, autosave.text)
  const [isOverriding, setOverriding] = useState(false)
  const override = () => void autosave.save().then(() => setOverriding(true))
  const setState = useDraftState(draft, autosave.save, override)
  const editor = useRef<EditorHandle>(null)
  const [panel, setPanel] = useState<Panel>('preview')
  const navigate = useNavigate()

  const go = (step: 1 | -1) => {
    const id = readingOrder.from(draft.id, step)
    if (id) void navigate(`/drafts/${id}`)
  }
  useShortcuts('This draft', {
    j: { label: 'Next draft', run: () => go(1) },
    k: { label: 'Previous draft', run: () => go(-1) },
    e: { label: 'Edit (Escape leaves)', run: () => editor.current?.focus() },
    r: { label: 'Mark reviewed', run: () => setState('reviewed') },
    y: { label: 'Mark ready', run: () => setState('ready') },
    p: { label: 'Mark published', run: () => setState('published') },
    t: { label: 'Next claim to tick (Space ticks)', run: focusNextClaim },
    c: { label: 'Copy the text', run: () => void copy(autosave.text, 'Text') },
    u: { label: 'Back to the list', run: () => void navigate('/pipeline') },
  })

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 's' || !(event.metaKey || event.ctrlKey)) return
      event.preventDefault()
      void autosave.save()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  })

  const isPublished = draft.state === 'published'
  return (
    <div className="page">
      <DraftHead draft={draft} actions={<StateButtons draft={draft} onChoose={setState} />} />
      <div className="mt-5 grid gap-3">
        <ReadyNote draft={draft} onOverride={override} />
        <OfflineBanner drafts={[draft]} isBrief />
        <DraftNotes draft={draft} />
      </div>
      <div className="mt-5 grid items-start gap-x-10 gap-y-8 lg:grid-cols-[minmax(0,1fr)_minmax(0,27rem)]">
        <section aria-label="Text" className="min-w-0">
          <Editor
            ref={editor}
            text={autosave.text}
            onChange={autosave.setText}
            onBlur={() => void autosave.save()}
            marks={marksOf(autosave.text, check, draft)}
            check={check}
            status={autosave.status}
            platform={platform}
            isReadOnly={isPublished}
          />
          <Findings
            check={check}
            text={autosave.text}
            platform={platform}
            isFrozen={isPublished}
            onShow={(range) => editor.current?.select(range)}
            onFix={(range, text) => editor.current?.replace(range, text)}
          />
          <Claims draft={draft} text={autosave.text} isFrozen={isPublished} onShow={(range) => editor.current?.select(range)} />
          <OutActions draft={draft} text={autosave.text} platform={platform} />
        </section>
        <aside aria-label="Preview and history" className="min-w-0 lg:sticky lg:top-6">
          <Segmented
            label="Panel"
            value={panel}
            options={[
              { value: 'preview', label: 'Preview' },
              { value: 'versions', label: 'Versions' },
              { value: 'about', label: 'About' },
            ]}
            onChange={setPanel}
          />
          <div className="mt-4">
            {panel === 'preview' && <Preview platform={platform} text={autosave.text} check={check.result ?? draft.checks} />}
            {panel === 'versions' && (
              <Suspense fallback={<Skeleton className="h-64 w-full" />}>
                <Versions draft={draft} text={autosave.text} isFrozen={isPublished} />
              </Suspense>
            )}
            {panel === 'about' && <Provenance draft={draft} />}
          </div>
          {panel === 'preview' && (
            <p className="mt-4 text-note text-faint">
              AI-generated{draft.edited_version !== null && ', edited by you'}.
            </p>
          )}
        </aside>
      </div>
      {isOverriding && (
        <Suspense>
          <OverrideDialog draft={draft} onClose={() => setOverriding(false)} />
        </Suspense>
      )}
      {autosave.status.kind === 'conflict' && (
        <Suspense>
          <ConflictDialog mine={autosave.text} theirs={autosave.status.theirs} onSettle={autosave.settle} />
        </Suspense>
      )}
    </div>
  )
}
