import { useQuery } from '@tanstack/react-query'
import { accountQuery } from '@/lib/api/queries'
import { capitalise } from '@/lib/format'

/** The person as an author: the name is a guess from the address, as no network is connected. */
export function useAuthor(): { name: string; handle: string } {
  const { data } = useQuery(accountQuery)
  const handle = data?.email.split('@')[0] ?? 'you'
  return { name: handle.split(/[._+-]/).filter(Boolean).map(capitalise).join(' '), handle: handle.replaceAll(/\W/g, '') }
}

export function Avatar({ name }: { name: string }) {
  return (
    <span
      aria-hidden="true"
      className="accent-bar flex size-11 shrink-0 items-center justify-center rounded-full font-semibold text-paper"
    >
      {name.charAt(0)}
    </span>
  )
}
