import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { toast } from '@/components/toast'
import type { Schemas } from '@/lib/api/client'
import type { Draft, DraftList, VersionedDraft } from '@/lib/api/drafts'
import { commands, type BulkOutcome, type State } from '@/lib/api/commands'
import { explain, Problem } from '@/lib/api/problem'
import { useLifecycle } from '@/lib/api/queries'
import { refreshStale } from '@/lib/api/refresh'
import { plural } from '@/lib/format'
import { STATES } from '@/lib/states'

type Cached = VersionedDraft | DraftList | { pages: DraftList[] } | number | undefined

/** Change drafts wherever they are cached. */
export function patchDrafts(client: QueryClient, ids: ReadonlySet<string>, patch: Partial<Draft>): void {
  const inList = (list: DraftList): DraftList => ({
    ...list,
    content: list.content.map((draft) => (ids.has(draft.id) ? { ...draft, ...patch } : draft)),
  })
  client.setQueriesData<Cached>({ queryKey: ['content'] }, (cached) => {
    if (typeof cached !== 'object') return cached
    if ('draft' in cached) return ids.has(cached.draft.id) ? { ...cached, draft: { ...cached.draft, ...patch } } : cached
    if ('pages' in cached) return { ...cached, pages: cached.pages.map(inList) }
    return 'content' in cached ? inList(cached) : cached
  })
}

type ChosenState = Schemas['StateChange']['state']
type Lifecycle = Partial<Record<State, readonly State[]>>

/** The shortest way from one state to another, without the first; null if there is none. */
export function wayBetween(lifecycle: Lifecycle, from: State, to: State): State[] | null {
  const ways: State[][] = [[from]]
  const seen = new Set([from])
  for (const way of ways) {
    const last = way[way.length - 1] ?? from
    if (last === to) return way.slice(1)
    for (const next of lifecycle[last] ?? []) {
      if (!seen.has(next)) {
        seen.add(next)
        ways.push([...way, next])
      }
    }
  }
  return null
}

const MOST_AT_ONCE = 100

async function setStates(ids: readonly string[], state: State, override: boolean): Promise<BulkOutcome[]> {
  const outcomes: BulkOutcome[] = []
  for (let start = 0; start < ids.length; start += MOST_AT_ONCE) {
    const change = { ids: ids.slice(start, start + MOST_AT_ONCE), state: state as ChosenState, override, atomic: false }
    outcomes.push(...(await commands.setStates(change)).results)
  }
  return outcomes
}

interface Change {
  drafts: readonly Draft[]
  state: State
  /** To ready although rules are broken. */
  override?: boolean
}

function report(outcomes: readonly BulkOutcome[], state: State, undo: () => void) {
  const refused = outcomes.filter((outcome) => outcome.error)
  const moved = outcomes.length - refused.length
  const reason = refused[0]?.error?.detail
  const done = `${plural(moved, 'draft')}: ${STATES[state].label.toLowerCase()}`
  if (moved === 0) toast({ text: reason ?? 'The server refused this.', tone: 'bad' })
  else toast({ text: refused.length ? `${done}. ${refused.length} refused: ${reason}` : done, action: { label: 'Undo', run: undo } })
}

/** Move drafts to a state: shown at once, taken back if the server refuses, and undone on request. */
export function useSetState() {
  const client = useQueryClient()
  const lifecycle = useLifecycle()

  const goBack = async (drafts: readonly Draft[], from: State) => {
    for (const draft of drafts) {
      const back = lifecycle ? (wayBetween(lifecycle, from, draft.state) ?? ['reviewed' as const]) : [draft.state]
      for (const state of back) await commands.setState(draft.id, { state: state as ChosenState, override: true })
    }
  }

  const undo = useMutation({
    mutationFn: ({ drafts, state }: Change) => goBack(drafts, state),
    onError: (error) => toast({ text: explain(error).detail, tone: 'bad' }),
    onSettled: () => refreshStale(client, 'content'),
  })

  return useMutation({
    mutationFn: ({ drafts, state, override = false }: Change) => setStates(drafts.map(({ id }) => id), state, override),
    onMutate: async ({ drafts, state }) => {
      await client.cancelQueries({ queryKey: ['content'] })
      const before = client.getQueriesData<Cached>({ queryKey: ['content'] })
      patchDrafts(client, new Set(drafts.map(({ id }) => id)), { state })
      return { before }
    },
    onSuccess: (outcomes, { drafts, state }) => {
      const refused = new Set(outcomes.filter(({ error }) => error).map(({ id }) => id))
      for (const draft of drafts) if (refused.has(draft.id)) patchDrafts(client, new Set([draft.id]), { state: draft.state })
      report(outcomes, state, () => undo.mutate({ drafts: drafts.filter(({ id }) => !refused.has(id)), state }))
    },
    onError: (error, _, context) => {
      for (const [key, data] of context?.before ?? []) client.setQueryData(key, data)
      toast({ text: error instanceof Problem ? error.message : explain(error).detail, tone: 'bad' })
    },
    onSettled: () => refreshStale(client, 'content'),
  })
}

/** Whether the lifecycle, as far as it is known here, lets a draft go to a state. */
export function allows(lifecycle: Lifecycle | undefined, draft: Draft, state: State): boolean {
  return !lifecycle || (lifecycle[draft.state] ?? []).includes(state)
}

/** Why a draft can't go to a state; null if it can, as far as is known here. */
export function obstacle(lifecycle: Lifecycle | undefined, draft: Draft, state: State): string | null {
  if (draft.state === state) return `It is ${STATES[state].label.toLowerCase()} already.`
  if (!allows(lifecycle, draft, state)) {
    const allowed = (lifecycle?.[draft.state] ?? []).map((next) => STATES[next].label.toLowerCase())
    const from = STATES[draft.state].label.toLowerCase()
    return allowed.length
      ? `From ${from} a draft can become ${allowed.join(' or ')}.`
      : `A draft that is ${from} can’t be moved.`
  }
  if (state === 'ready' && draft.checks && !draft.checks.ok) return 'It breaks a rule of its platform: see the findings.'
  return null
}
