import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useNavigate } from 'react-router'
import { signOut } from '@/features/auth/api/auth'
import { accountQuery } from '@/lib/api/queries'

export function AccountMenu() {
  const { data: account } = useQuery(accountQuery)
  const client = useQueryClient()
  const navigate = useNavigate()
  const menu = useRef<HTMLDetailsElement>(null)

  useEffect(() => {
    const close = (event: Event) => {
      const isEscape = event instanceof KeyboardEvent && event.key === 'Escape'
      const isOutside = event.type === 'pointerdown' && !menu.current?.contains(event.target as Node)
      if (menu.current && (isEscape || isOutside)) menu.current.open = false
    }
    document.addEventListener('pointerdown', close)
    document.addEventListener('keydown', close)
    return () => {
      document.removeEventListener('pointerdown', close)
      document.removeEventListener('keydown', close)
    }
  }, [])

  const initial = account?.email.charAt(0).toUpperCase() ?? '·'
  return (
    <details ref={menu} className="relative">
      <summary
        className="flex size-9 list-none items-center justify-center rounded-md hover:bg-sunk [&::-webkit-details-marker]:hidden"
      >
        <span aria-hidden="true" className="flex size-6 items-center justify-center rounded-full bg-ink text-fine font-bold text-paper">
          {initial}
        </span>
        <span className="sr-only">Account</span>
      </summary>
      <div className="absolute z-40 w-64 rounded-md border border-line bg-surface p-2 shadow-float max-md:top-11 max-md:right-0 md:bottom-11 md:left-0">
        <p className="truncate px-3 py-2 text-note text-soft">{account?.email}</p>
        <button
          type="button"
          className="block w-full rounded-sm px-3 py-2 text-left font-medium hover:bg-sunk"
          onClick={() => void signOut(client).then(() => navigate('/sign-in'))}
        >
          Sign out
        </button>
      </div>
    </details>
  )
}
