import { useEffect, useRef, useState } from 'react'
import { Button } from '@/components/button'
import { Select, TextField } from '@/components/field'
import { usePlatforms } from '@/lib/api/queries'
import type { Filters } from './filters'

const TYPING_MS = 300

export function FilterBar({ filters }: { filters: Filters }) {
  const platforms = usePlatforms()
  const { filter, set, clear, isFiltered, wantsSearch } = filters
  const bar = useRef<HTMLDivElement>(null)

  useEffect(() => {
    if (!wantsSearch) return
    bar.current?.querySelector<HTMLInputElement>('[type=search]')?.focus()
    set({ focus: null })
  }, [wantsSearch, set])

  return (
    <div ref={bar} role="search" className="grid grid-cols-2 gap-2.5 sm:flex sm:flex-wrap sm:items-end">
      <TypedFilter
        className="col-span-2 sm:w-64"
        type="search"
        label="Search the texts"
        value={filters.typed.q}
        onSettled={(q) => set({ q })}
      />
      <Select
        bare
        label="Platform"
        value={filter.platform ?? ''}
        onChange={(event) => set({ platform: event.target.value })}
        className="sm:w-40"
      >
        <option value="">All platforms</option>
        {platforms.map(({ slug, name }) => (
          <option key={slug} value={slug}>
            {name}
          </option>
        ))}
      </Select>
      <TypedFilter className="sm:w-36" label="Topic" value={filters.typed.topic} onSettled={(topic) => set({ topic })} />
      <TextField
        label="From"
        type="date"
        value={filter.from ?? ''}
        onChange={(event) => set({ from: event.target.value })}
        className="sm:w-38"
      />
      <TextField
        label="To"
        type="date"
        value={filter.to ?? ''}
        onChange={(event) => set({ to: event.target.value })}
        className="sm:w-38"
      />
      {isFiltered && (
        <Button look="quiet" icon="close" onClick={clear}>
          Clear
        </Button>
      )}
    </div>
  )
}

/** A text filter that waits until the typing stops. */
function TypedFilter({
  value,
  onSettled,
  label,
  ...rest
}: {
  value: string
  onSettled: (value: string) => void
  label: string
  type?: string
  className: string
}) {
  const [typed, setTyped] = useState<string | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const change = (text: string) => {
    setTyped(text)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      onSettled(text)
      setTyped(null)
    }, TYPING_MS)
  }
  return (
    <TextField
      bare
      label={label}
      placeholder={label}
      value={typed ?? value}
      maxLength={100}
      onChange={(event) => change(event.target.value)}
      {...rest}
    />
  )
}
