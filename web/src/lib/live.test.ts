import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseEvents, refresher } from './live'

describe('parseEvents', () => {
  it('reads id, name and data, and keeps what is incomplete', () => {
    const { events, rest } = parseEvents('id: 7\nevent: content.generated\ndata: {"id":\ndata: 1}\n\nid: 8\nda')
    expect(events).toEqual([{ id: '7', name: 'content.generated', data: '{"id":\n1}' }])
    expect(rest).toBe('id: 8\nda')
  })
  it('keeps an id that comes alone, so that one can resume after it', () => {
    expect(parseEvents('id: 41\n\n').events).toEqual([{ id: '41', name: 'message', data: '' }])
  })
  it('passes over comments', () => {
    expect(parseEvents(': keep-alive\n\n').events).toEqual([])
  })
  it('takes line ends of either kind', () => {
    expect(parseEvents('event: reset\r\ndata: x\r\n\r\n').events).toHaveLength(1)
  })
})

describe('refresher', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('makes stale what a burst of events touched, once', () => {
    const client = new QueryClient()
    const invalidate = vi.spyOn(client, 'invalidateQueries')
    const refresh = refresher(client)
    for (const id of ['1', '2', '3']) refresh({ id, name: 'content.generated', data: '' })
    vi.runAllTimers()
    expect(invalidate.mock.calls.map(([filter]) => filter?.queryKey)).toEqual([['content'], ['workflows']])
  })
})
