/** Server-sent events over a streamed fetch: an Authorization header is possible, and the token is in no address. */
import type { QueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { authorized } from './api/client'
import { refreshStale } from './api/refresh'

export interface LiveEvent {
  id: string | null
  name: string
  data: string
}

/** Parses what arrived so far; `rest` is the event that is still incomplete. */
export function parseEvents(text: string): { events: LiveEvent[]; rest: string } {
  const blocks = text.replaceAll('\r\n', '\n').split('\n\n')
  const rest = blocks.pop() ?? ''
  const events = blocks.flatMap((block) => {
    const event: LiveEvent = { id: null, name: 'message', data: '' }
    for (const line of block.split('\n')) {
      const [field, ...value] = line.split(':')
      const text = value.join(':').replace(/^ /, '')
      if (field === 'id') event.id = text
      if (field === 'event') event.name = text
      if (field === 'data') event.data += event.data ? `\n${text}` : text
    }
    return event.data || event.id !== null ? [event] : []
  })
  return { events, rest }
}

/** `unavailable`: the server has no live channel, so pages ask again themselves. */
export type LiveStatus = 'connecting' | 'live' | 'unavailable'

let status: LiveStatus = 'connecting'
const listeners = new Set<() => void>()

function become(next: LiveStatus) {
  status = next
  for (const listener of listeners) listener()
}

export const isLive = () => status === 'live'

export function useLive(): LiveStatus {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => status,
  )
}

const wait = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms)
    // No use in waiting once the browser knows of a connection again.
    window.addEventListener('online', done)
    signal.addEventListener('abort', done)
    function done() {
      clearTimeout(timer)
      window.removeEventListener('online', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })

const LONGEST_WAIT_MS = 30_000

/** Follow the person's events until aborted, resuming after the last one seen. */
export async function follow(onEvent: (event: LiveEvent) => void, signal: AbortSignal): Promise<void> {
  let last: string | null = null
  let failures = 0
  while (!signal.aborted) {
    try {
      const headers = new Headers({ Accept: 'text/event-stream' })
      if (last) headers.set('Last-Event-ID', last)
      const response = await authorized(
        new Request(new URL('/api/v1/events', location.origin), { headers, signal, cache: 'no-store' }),
      )
      if (response.status === 404 || response.status === 401) {
        become('unavailable')
        return
      }
      if (response.status === 429) await wait(1000 * Number(response.headers.get('Retry-After') ?? 0), signal)
      if (!response.ok || !response.body) throw new Error(`events: ${response.status}`)
      become('live')
      failures = 0
      for await (const event of read(response.body)) {
        last = event.id ?? last
        if (event.data) onEvent(event)
      }
    } catch {
      failures += 1
    }
    become('connecting')
    await wait(Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures) * (0.5 + Math.random() / 2), signal)
  }
}

async function* read(stream: ReadableStream<Uint8Array>): AsyncGenerator<LiveEvent> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let pending = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const { events, rest } = parseEvents(pending + decoder.decode(value, { stream: true }))
    pending = rest
    yield* events
  }
}

/** Which cached answers an event makes stale, by the first word of its name. */
const STALE: Record<string, readonly string[]> = {
  workflow: ['workflows', 'content', 'notifications'],
  idea: ['ideas', 'workflows'],
  ideas: ['workflows'],
  content: ['content', 'workflows'],
  draft: ['content', 'workflows'],
  notification: ['notifications'],
  schedule: ['config'],
  reset: ['workflows', 'content', 'ideas', 'notifications', 'config'],
}

/** A burst is answered soon after its beginning; while it goes on, ever more seldom: requests are rationed. */
const SOONEST_MS = 150
const SLOWEST_MS = 5000
const QUIET_MS = 10_000

/** Refreshes what the events of a burst touched. */
export function refresher(client: QueryClient): (event: LiveEvent) => void {
  let stale = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | null = null
  let pause = SOONEST_MS
  let last = 0
  return (event) => {
    const word = event.name.split(/[._]/)[0] ?? ''
    for (const key of STALE[word] ?? STALE.reset ?? []) stale.add(key)
    if (timer) return
    pause = Date.now() - last > QUIET_MS ? SOONEST_MS : Math.min(SLOWEST_MS, 2 * pause)
    timer = setTimeout(() => {
      for (const key of stale) void refreshStale(client, key)
      stale = new Set()
      timer = null
      last = Date.now()
    }, pause)
  }
}
