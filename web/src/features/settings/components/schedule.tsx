import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '@/components/button'
import { ErrorNote, Loading, Skeleton } from '@/components/feedback'
import { Choices, TextField } from '@/components/field'
import type { Schemas } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import { scheduleQuery } from '@/lib/api/queries'
import { formatInZone } from '@/lib/format'
import { useSaveSchedule, type Weekday } from '../api/config'

const DAYS: readonly { value: Weekday; label: string }[] = [
  { value: 'mon', label: 'Mon' },
  { value: 'tue', label: 'Tue' },
  { value: 'wed', label: 'Wed' },
  { value: 'thu', label: 'Thu' },
  { value: 'fri', label: 'Fri' },
  { value: 'sat', label: 'Sat' },
  { value: 'sun', label: 'Sun' },
]

export function ScheduleSettings() {
  const { data, error, refetch } = useQuery(scheduleQuery)
  if (error && !data) return <ErrorNote error={error} onRetry={() => void refetch()} />
  if (!data) {
    return (
      <Loading label="Loading the schedule">
        {/* As tall as the form: what follows stays where it is. */}
        <Skeleton className="h-111 w-full sm:h-81" />
      </Loading>
    )
  }
  return <ScheduleForm saved={data} />
}

function ScheduleForm({ saved }: { saved: Schemas['PlannedSchedule'] }) {
  const [enabled, setEnabled] = useState(saved.enabled ?? true)
  const [days, setDays] = useState<readonly string[]>(saved.days ?? DAYS.map(({ value }) => value))
  const { mutate, isPending, isSuccess, error } = useSaveSchedule()
  const problem = error instanceof Problem ? error : null
  const zone = saved.timezone ?? 'UTC'
  return (
    <form
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        mutate({
          enabled,
          local_time: form.get('time') as string,
          timezone: form.get('zone') as string,
          days: DAYS.map(({ value }) => value).filter((day) => days.includes(day)),
        })
      }}
    >
      <label className="flex items-center gap-3 font-medium">
        <input type="checkbox" className="size-4" checked={enabled} onChange={(event) => setEnabled(event.target.checked)} />
        Start a run by itself
      </label>
      <div className="grid gap-5 sm:grid-cols-[9rem_1fr]">
        <TextField label="At" name="time" type="time" required defaultValue={saved.local_time ?? '06:00'} error={problem?.field('local_time')} />
        <TextField
          label="Time zone"
          name="zone"
          list="zones"
          required
          defaultValue={zone}
          error={problem?.field('timezone')}
          autoComplete="off"
        />
        <datalist id="zones">
          {Intl.supportedValuesOf('timeZone').map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </div>
      <Choices legend="On" options={DAYS} chosen={days} onChange={setDays} />
      {saved.next_runs.length > 0 && (
        <div className="text-note text-soft">
          <p className="font-semibold text-ink">The next runs</p>
          <ul className="figures mt-1">
            {saved.next_runs.map((run) => (
              <li key={run}>{formatInZone(run, zone)}</li>
            ))}
          </ul>
        </div>
      )}
      {error && !problem?.document.errors && <ErrorNote error={error} />}
      <SaveLine isPending={isPending} isSaved={isSuccess} disabled={days.length === 0} />
    </form>
  )
}

export function SaveLine({ isPending, isSaved, disabled }: { isPending: boolean; isSaved: boolean; disabled?: boolean }) {
  return (
    <div className="flex items-center gap-4">
      <Button type="submit" look="primary" disabled={isPending || disabled}>
        {isPending ? 'Saving…' : 'Save'}
      </Button>
      <p role="status" className="text-note text-good">
        {isSaved && !isPending && 'Saved'}
      </p>
    </div>
  )
}
