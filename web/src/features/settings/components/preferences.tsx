import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '@/components/button'
import { ErrorNote, Loading, Skeleton } from '@/components/feedback'
import { Choices, TextArea, TextField } from '@/components/field'
import type { Schemas } from '@/lib/api/client'
import { preferencesQuery, usePlatforms } from '@/lib/api/queries'
import { useSavePreferences } from '../api/config'
import { SaveLine } from './schedule'

type Preferences = Schemas['PlatformPreferences']

const MOST_SAMPLES = 5
const MOST_IDEAS = 10

export function PreferenceSettings() {
  const { data, error, refetch } = useQuery(preferencesQuery)
  if (error && !data) return <ErrorNote error={error} onRetry={() => void refetch()} />
  if (!data) {
    return (
      <Loading label="Loading the preferences">
        {/* As tall as the form: what follows stays where it is. */}
        <Skeleton className="h-222 w-full sm:h-186 lg:h-177" />
      </Loading>
    )
  }
  return <PreferenceForm saved={data} />
}

/** One a line or between commas; nothing twice. */
export function splitList(text: string): string[] {
  return [...new Set(text.split(/[,\n]/).map((item) => item.trim()).filter(Boolean))]
}

const joinList = (items: readonly string[] | undefined) => (items ?? []).join(', ')

function PreferenceForm({ saved }: { saved: Preferences }) {
  const platforms = usePlatforms()
  const all = platforms.map(({ slug }) => slug)
  const [chosen, setChosen] = useState<readonly string[] | null>(saved.platforms?.length ? saved.platforms : null)
  const [creativity, setCreativity] = useState<number | null>(saved.temperature ?? null)
  const [samples, setSamples] = useState<readonly string[]>(saved.voice?.samples ?? [])
  const { mutate, isPending, isSuccess, error } = useSavePreferences()

  return (
    <form
      className="grid gap-6"
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        const text = (name: string) => (form.get(name) as string).trim()
        mutate({
          topics: splitList(text('topics')),
          keywords: splitList(text('keywords')),
          excluded_topics: splitList(text('excluded')),
          audience: text('audience'),
          voice: { description: text('voice'), samples: samples.map((sample) => sample.trim()).filter(Boolean) },
          temperature: creativity,
          idea_count: Number(text('idea_count')),
          platforms: chosen && chosen.length < all.length ? [...chosen] : [],
        })
      }}
    >
      <TextArea label="Topics" name="topics" rows={2} defaultValue={joinList(saved.topics)} hint="Between commas. Left empty: technology, digital transformation, innovation." />
      <TextArea label="Never about" name="excluded" rows={1} defaultValue={joinList(saved.excluded_topics)} />
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField label="Keywords" name="keywords" defaultValue={joinList(saved.keywords)} />
        <TextField label="Audience" name="audience" maxLength={300} defaultValue={saved.audience} placeholder="engineering managers" />
      </div>
      <TextArea
        label="Voice"
        name="voice"
        rows={3}
        maxLength={2000}
        defaultValue={saved.voice?.description}
        placeholder="Dry, concrete, first person. Short sentences. No questions as openings."
      />
      <Samples samples={samples} onChange={setSamples} />
      <Choices legend="Platforms" options={platforms.map(({ slug, name }) => ({ value: slug, label: name }))} chosen={chosen ?? all} onChange={setChosen} />
      <div className="grid gap-6 sm:grid-cols-2">
        <TextField label="Ideas a day" name="idea_count" type="number" min={1} max={MOST_IDEAS} required defaultValue={saved.idea_count ?? 5} />
        <Creativity value={creativity} onChange={setCreativity} />
      </div>
      {error && <ErrorNote error={error} />}
      <SaveLine isPending={isPending} isSaved={isSuccess} disabled={chosen?.length === 0} />
    </form>
  )
}

function Samples({ samples, onChange }: { samples: readonly string[]; onChange: (samples: readonly string[]) => void }) {
  return (
    <div className="grid gap-3">
      {samples.map((sample, index) => (
        <div key={index} className="flex items-start gap-2">
          <TextArea
            className="flex-1"
            label={`Sample ${index + 1} of your writing`}
            rows={3}
            maxLength={5000}
            value={sample}
            onChange={(event) => onChange(samples.map((other, at) => (at === index ? event.target.value : other)))}
          />
          <Button size="sm" look="quiet" className="mt-6" onClick={() => onChange(samples.filter((_, at) => at !== index))}>
            Remove
          </Button>
        </div>
      ))}
      {samples.length < MOST_SAMPLES && (
        <div>
          <Button size="sm" icon="plus" onClick={() => onChange([...samples, ''])}>
            Add a sample of your writing
          </Button>
        </div>
      )}
    </div>
  )
}

function Creativity({ value, onChange }: { value: number | null; onChange: (value: number | null) => void }) {
  return (
    <div>
      <label htmlFor="creativity" className="mb-1.5 flex justify-between text-note font-semibold">
        Creativity
        <span className="figures font-normal text-faint">{value === null ? 'each platform’s own' : value.toFixed(1)}</span>
      </label>
      <input
        id="creativity"
        type="range"
        min={0}
        max={2}
        step={0.1}
        value={value ?? 0.7}
        className="h-10 w-full"
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
      {value !== null && (
        <button type="button" className="text-note underline underline-offset-3" onClick={() => onChange(null)}>
          Leave it to each platform
        </button>
      )}
    </div>
  )
}
