/** What several features read: who is asking, which platforms there are, when workflows start. */
import { queryOptions, useQuery } from '@tanstack/react-query'
import { api, body, type Schemas } from './client'
import type { State } from './commands'

export type Platform = Schemas['PlatformDescription']
export type Lifecycle = Partial<Record<State, readonly State[]>>

export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: () => body(api.GET('/api/v1/auth/me')),
  staleTime: Infinity,
})

export const platformsQuery = queryOptions({
  queryKey: ['platforms'],
  queryFn: () => body(api.GET('/api/v1/platforms')),
  staleTime: 5 * 60_000,
})

export const scheduleQuery = queryOptions({
  queryKey: ['config', 'schedule'],
  queryFn: () => body(api.GET('/api/v1/config/schedule')),
  staleTime: 60_000,
})

export const preferencesQuery = queryOptions({
  queryKey: ['config', 'preferences'],
  queryFn: () => body(api.GET('/api/v1/config/preferences')),
  staleTime: 60_000,
})

/** A platform that no longer announces itself is still shown, by its slug. */
export function usePlatform(slug: string): Platform {
  const { data } = useQuery(platformsQuery)
  return data?.platforms.find((platform) => platform.slug === slug) ?? { slug, name: slug, limits: {}, preview: {} }
}

export function usePlatforms(): Platform[] {
  return useQuery(platformsQuery).data?.platforms ?? []
}

/** Which states may follow which, as the server says; undefined where it doesn't: then it decides when asked. */
export function useLifecycle(): Lifecycle | undefined {
  const { data } = useQuery(platformsQuery)
  return data?.transitions
}

/** The person's own calendar day, in the zone of their schedule. */
export function useToday(): string {
  const { data } = useQuery(scheduleQuery)
  return new Intl.DateTimeFormat('en-CA', { timeZone: data?.timezone }).format(new Date())
}
