import { Suspense, lazy, useEffect, useState } from 'react'
import { NavLink, Outlet, ScrollRestoration, useLocation, useNavigate } from 'react-router'
import { IconButton } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Emblem, Icon, type IconName } from '@/components/icons'
import { Kbd } from '@/components/page'
import { NotificationBell } from '@/features/notifications/components/bell'
import { classes } from '@/lib/classes'
import { useShortcuts } from '@/lib/shortcuts'
import { setTheme, useTheme, type Theme } from '@/lib/theme'
import { AccountMenu } from './account-menu'
import { OfflineStrip } from './offline-strip'
import { PAGES } from './pages'

const Palette = lazy(() => import('./palette'))
const ShortcutHelp = lazy(() => import('./shortcut-help'))

const NEXT_THEME: Record<Theme, { theme: Theme; icon: IconName; label: string }> = {
  system: { theme: 'light', icon: 'system', label: 'Appearance: as the system. Change to light' },
  light: { theme: 'dark', icon: 'sun', label: 'Appearance: light. Change to dark' },
  dark: { theme: 'system', icon: 'moon', label: 'Appearance: dark. Change to the system’s' },
}

export function Shell() {
  const [open, setOpen] = useState<'palette' | 'help' | null>(null)
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const isMac = navigator.userAgent.includes('Mac')

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return
      event.preventDefault()
      setOpen((now) => (now === 'palette' ? null : 'palette'))
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])

  const search = () => {
    const box = document.querySelector<HTMLElement>('main [type=search]')
    if (box) box.focus()
    else void navigate('/pipeline?focus=search')
  }
  useShortcuts('Everywhere', {
    '?': { label: 'Show the keys', run: () => setOpen('help') },
    '/': { label: 'Search drafts', run: search },
    '1': { label: 'Today', run: () => void navigate('/') },
    '2': { label: 'Pipeline', run: () => void navigate('/pipeline') },
    '3': { label: 'Runs', run: () => void navigate('/runs') },
  })

  return (
    <div className="md:grid md:min-h-dvh md:grid-cols-[4.25rem_minmax(0,1fr)] lg:grid-cols-[13.5rem_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-3 focus:left-3 focus:z-50 focus:rounded-md focus:bg-ink focus:px-4 focus:py-2 focus:text-paper"
      >
        Skip to the content
      </a>

      <header className="sticky top-0 z-30 flex h-14 items-center justify-between border-b border-line bg-paper px-4 md:hidden">
        <Wordmark />
        <div className="flex">
          <IconButton icon="search" label="Search and commands" onClick={() => setOpen('palette')} />
          <NotificationBell />
          <AccountMenu />
        </div>
      </header>

      <aside className="sticky top-0 hidden h-dvh flex-col border-r border-line px-3 py-5 md:flex">
        <Wordmark className="px-2.5 pb-7" />
        <Navigation className="flex flex-col gap-0.5" />
        <button
          type="button"
          onClick={() => setOpen('palette')}
          className="mt-5 flex h-9 items-center gap-3 rounded-md border border-line px-2.5 text-note text-faint hover:border-edge hover:text-ink"
        >
          <Icon name="search" className="shrink-0" />
          <span className="flex-1 text-left md:sr-only lg:not-sr-only">Search</span>
          <span aria-hidden="true" className="hidden lg:block">
            <Kbd>{isMac ? '⌘K' : 'Ctrl K'}</Kbd>
          </span>
        </button>
        <div className="mt-auto flex flex-col gap-1 lg:flex-row">
          <AccountMenu />
          <NotificationBell />
          <ThemeButton />
          <IconButton icon="list" label="Show the keys" onClick={() => setOpen('help')} className="hidden lg:inline-flex" />
        </div>
      </aside>

      <main id="content" tabIndex={-1} className="min-w-0 outline-none">
        <OfflineStrip />
        <Outlet key={pathname.split('/')[1]} />
        <footer className="page flex flex-wrap gap-x-5 gap-y-1 border-t border-line !pt-5 !pb-28 text-note text-faint md:!pb-8">
          <span>Drafts are written by AI and published by you alone.</span>
          <a href="/privacy" className="underline underline-offset-3 hover:text-ink">
            Privacy
          </a>
          <a href="/terms" className="underline underline-offset-3 hover:text-ink">
            Terms
          </a>
        </footer>
      </main>

      <Navigation className="fixed inset-x-0 bottom-0 z-30 grid grid-cols-5 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden" />

      {/* Open at once, so that what is typed while it loads doesn't act on the page behind. */}
      <Suspense fallback={<Dialog title="One moment" hideTitle onClose={() => setOpen(null)} children={null} />}>
        {open === 'palette' && <Palette onClose={() => setOpen(null)} />}
        {open === 'help' && <ShortcutHelp onClose={() => setOpen(null)} />}
      </Suspense>
      <ScrollRestoration />
    </div>
  )
}

function Wordmark({ className }: { className?: string }) {
  return (
    <NavLink to="/" end className={classes('flex items-center gap-2.5 font-serif text-title font-semibold', className)}>
      <Emblem className="text-head" />
      <span className="md:sr-only lg:not-sr-only">Polycast</span>
    </NavLink>
  )
}

function Navigation({ className }: { className: string }) {
  return (
    <nav aria-label="Pages" className={className}>
      {PAGES.map(({ to, label, icon }) => (
        <NavLink
          key={to}
          to={to}
          end={to === '/'}
          className={({ isActive }) =>
            classes(
              'flex items-center gap-3 text-fine font-medium max-md:flex-col max-md:justify-center max-md:gap-0.5 max-md:py-2',
              'md:h-10 md:rounded-md md:px-2.5 md:text-body',
              isActive ? 'text-ink md:bg-sunk' : 'text-soft hover:text-ink',
            )
          }
        >
          {({ isActive }) => (
            <>
              <span className={classes('rounded-sm p-0.5', isActive && 'bg-mark text-on-mark')}>
                <Icon name={icon} />
              </span>
              <span className="md:sr-only lg:not-sr-only">{label}</span>
            </>
          )}
        </NavLink>
      ))}
    </nav>
  )
}

function ThemeButton() {
  const { theme, icon, label } = NEXT_THEME[useTheme()]
  return <IconButton icon={icon} label={label} onClick={() => setTheme(theme)} />
}
