import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { toast } from '@/components/toast'
import type { Schemas } from '@/lib/api/client'
import { draftQuery, type Claim, type Draft, type DraftList, type VersionedDraft } from '@/lib/api/drafts'
import { commands, type BulkOutcome, type State } from '@/lib/api/commands'
import { explain, Problem } from '@/lib/api/problem'
import { preferencesQuery, useLifecycle, type Lifecycle } from '@/lib/api/queries'
import { refreshStale } from '@/lib/api/refresh'
import { plural } from '@/lib/format'
import { isLive } from '@/lib/live'
import { STATES } from '@/lib/states'
import { statsQuery } from './stats'

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

/** How many drafts stand where, as it will be. */
function moveTotals(client: QueryClient, drafts: readonly Draft[], to: State): void {
  client.setQueryData(statsQuery.queryKey, (stats) => {
    if (!stats) return stats
    const totals = { ...stats.drafts }
    for (const { state: from } of drafts) {
      totals[from] = Math.max(0, (totals[from] ?? 0) - 1)
      totals[to] = (totals[to] ?? 0) + 1
    }
    return { ...stats, drafts: totals }
  })
}

/** A draft as some list has it; undefined if none does. Its version isn't known. */
export function fromLists(client: QueryClient, id: string): VersionedDraft | undefined {
  for (const [, cached] of client.getQueriesData<Cached>({ queryKey: ['content'] })) {
    if (typeof cached !== 'object') continue
    const lists = 'pages' in cached ? cached.pages : 'content' in cached ? [cached] : []
    const draft = lists.flatMap(({ content }) => content).find((one) => one.id === id)
    if (draft) return { draft, etag: null }
  }
}

type ChosenState = Schemas['StateChange']['state']

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

function report(outcomes: readonly BulkOutcome[], state: State, undo: (() => void) | undefined, open: (id: string) => void) {
  const refused = outcomes.filter((outcome) => outcome.error)
  const moved = outcomes.length - refused.length
  const first = refused[0]
  const reason = first?.error?.detail
  const done = `${plural(moved, 'draft')}: ${STATES[state].label.toLowerCase()}`
  const look = first && { label: 'Open it', run: () => open(first.id) }
  if (moved === 0) toast({ text: reason ?? 'The server refused this.', tone: 'bad', action: look })
  else toast({ text: refused.length ? `${done}. ${refused.length} refused: ${reason}` : done, action: undo && { label: 'Undo', run: undo } })
}

/** Move drafts to a state: shown at once, taken back if the server refuses, and undone on request. */
export function useSetState() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const lifecycle = useLifecycle()

  const wayBack = (from: State, draft: Draft) => (lifecycle ? wayBetween(lifecycle, from, draft.state) : [draft.state])

  const goBack = async (drafts: readonly Draft[], from: State) => {
    for (const draft of drafts) {
      for (const state of wayBack(from, draft) ?? []) await commands.setState(draft.id, { state: state as ChosenState, override: true })
    }
  }

  const settling = {
    retry: (failures: number, error: Error) => failures < 2 && error instanceof Problem && error.status === 429,
    retryDelay: (_: number, error: Error) => 1000 * (error instanceof Problem ? (error.retryAfter ?? 1) : 1),
    // Where all is live, the server tells of the change by itself.
    onSettled: (_: unknown, error: Error | null) => (isLive() && !error ? undefined : refreshStale(client, 'content')),
  }

  const undo = useMutation({
    mutationFn: ({ drafts, state }: Change) => goBack(drafts, state),
    onError: (error) => toast({ text: explain(error).detail, tone: 'bad' }),
    ...settling,
  })

  return useMutation({
    mutationFn: ({ drafts, state, override = false }: Change) => setStates(drafts.map(({ id }) => id), state, override),
    onMutate: async ({ drafts, state }) => {
      await client.cancelQueries({ queryKey: ['content'] })
      const before = client.getQueriesData<Cached>({ queryKey: ['content'] })
      patchDrafts(client, new Set(drafts.map(({ id }) => id)), { state })
      moveTotals(client, drafts, state)
      return { before }
    },
    onSuccess: (outcomes, { drafts, state }) => {
      const refused = new Set(outcomes.filter(({ error }) => error).map(({ id }) => id))
      for (const draft of drafts) if (refused.has(draft.id)) patchDrafts(client, new Set([draft.id]), { state: draft.state })
      const undoable = drafts.filter((draft) => !refused.has(draft.id) && wayBack(state, draft))
      const takeBack = undoable.length ? () => undo.mutate({ drafts: undoable, state }) : undefined
      report(outcomes, state, takeBack, (id) => void navigate(`/drafts/${id}`))
    },
    onError: (error, _, context) => {
      for (const [key, data] of context?.before ?? []) client.setQueryData(key, data)
      toast({ text: error instanceof Problem ? error.message : explain(error).detail, tone: 'bad' })
    },
    ...settling,
  })
}

/** What a draft must keep to on its way, as far as it is known here. */
export interface Rules {
  lifecycle: Lifecycle | undefined
  /** Whether claims must be ticked before a draft is ready. */
  mustSettle: boolean
}

export function useRules(): Rules {
  const lifecycle = useLifecycle()
  const { data } = useQuery(preferencesQuery)
  return { lifecycle, mustSettle: data?.require_settled_claims ?? true }
}

/** Whether the lifecycle lets a draft go to a state. */
export function allows({ lifecycle }: Rules, draft: Draft, state: State): boolean {
  return !lifecycle || (lifecycle[draft.state] ?? []).includes(state)
}

/** What the draft says that is true or false, and nobody has answered for yet. */
export function unsettled({ claims }: Pick<Draft, 'claims'>): Claim[] {
  return claims.filter(({ settled }) => !settled)
}

/** Why a draft can't go to a state; null if it can. */
export function obstacle(rules: Rules, draft: Draft, state: State): string | null {
  if (draft.state === state) return `It is ${STATES[state].label.toLowerCase()} already.`
  if (!allows(rules, draft, state)) {
    const allowed = (rules.lifecycle?.[draft.state] ?? []).map((next) => STATES[next].label.toLowerCase())
    const from = STATES[draft.state].label.toLowerCase()
    return allowed.length
      ? `From ${from} a draft can become ${allowed.join(' or ')}.`
      : `A draft that is ${from} can’t be moved.`
  }
  if (state !== 'ready') return null
  if (draft.checks && !draft.checks.ok) return 'It breaks a rule of its platform.'
  const open = unsettled(draft).length
  if (rules.mustSettle && open) return open === 1 ? 'It makes a claim that isn’t verified.' : `It makes ${open} claims that aren’t verified.`
  return null
}

/** Tick claims that the person answers for, or take the ticks away: shown at once. */
export function useSettleClaims(draft: Draft) {
  const client = useQueryClient()
  const show = (keys: readonly string[], settled: boolean) => {
    const claims = draft.claims.map((claim) => (keys.includes(claim.key) ? { ...claim, settled } : claim))
    patchDrafts(client, new Set([draft.id]), { claims })
  }
  return useMutation({
    mutationFn: (change: { keys: string[]; settled: boolean }) => commands.settleClaims(draft.id, change),
    onMutate: async ({ keys, settled }) => {
      await client.cancelQueries({ queryKey: ['content'] })
      show(keys, settled)
    },
    onSuccess: (saved) => {
      client.setQueryData(draftQuery(draft.id).queryKey, saved)
      patchDrafts(client, new Set([draft.id]), saved.draft)
    },
    onError: (error, { keys, settled }) => {
      show(keys, !settled)
      toast({ text: explain(error).detail, tone: 'bad' })
    },
  })
}
