import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, body, type Schemas } from '@/lib/api/client'
import { preferencesQuery, scheduleQuery } from '@/lib/api/queries'

type NewSchedule = Parameters<typeof putSchedule>[0]
export type Weekday = Schemas['Weekday']

const putSchedule = (schedule: Schemas['Schedule']) => body(api.PUT('/api/v1/config/schedule', { body: schedule }))
const putPreferences = (preferences: Schemas['PlatformPreferences']) =>
  body(api.PUT('/api/v1/config/preferences', { body: preferences }))

export function useSaveSchedule() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (schedule: NewSchedule) => putSchedule(schedule),
    onSuccess: (saved) => client.setQueryData(scheduleQuery.queryKey, saved),
  })
}

export function useSavePreferences() {
  const client = useQueryClient()
  return useMutation({
    // What a form doesn't show stays as it is.
    mutationFn: async (changes: Partial<Schemas['PlatformPreferences']>) =>
      putPreferences({ ...(await client.query(preferencesQuery)), ...changes }),
    onSuccess: (saved) => client.setQueryData(preferencesQuery.queryKey, saved),
  })
}
