import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useNavigate } from 'react-router'
import { PlatformName } from '@/components/badges'
import { Dialog } from '@/components/dialog'
import { Icon, type IconName } from '@/components/icons'
import { signOut } from '@/features/auth/api/auth'
import { draftsQuery } from '@/lib/api/drafts'
import { classes } from '@/lib/classes'
import { useDebounced } from '@/lib/debounce'
import { setTheme } from '@/lib/theme'
import { PAGES } from './pages'

interface Command {
  id: string
  label: string
  icon: IconName
  platform?: string
  run: () => void
}

const TYPING_MS = 200
const MOST_DRAFTS = 8

/** Go anywhere, do anything, by typing a bit of its name. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState(0)
  const id = useId()
  const commands = useCommands(typed)
  const index = Math.min(chosen, commands.length - 1)

  const run = (command: Command | undefined) => {
    onClose()
    command?.run()
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) {
      event.preventDefault()
      setChosen((index + step + commands.length) % Math.max(1, commands.length))
    }
    if (event.key === 'Enter') {
      event.preventDefault()
      run(commands[index])
    }
  }

  return (
    <Dialog title="Search and commands" hideTitle onClose={onClose}>
      <div className="flex items-center gap-3 border-b border-line px-5">
        <Icon name="search" className="shrink-0 text-faint" />
        <input
          role="combobox"
          aria-label="Search drafts and commands"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={commands[index] && `${id}-${commands[index].id}`}
          aria-autocomplete="list"
          // A palette is opened to type in.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          autoComplete="off"
          placeholder="Search drafts, or go somewhere…"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value)
            setChosen(0)
          }}
          onKeyDown={onKeyDown}
          className="h-14 w-full bg-transparent text-lead outline-none placeholder:text-faint"
        />
      </div>
      <div id={`${id}-list`} role="listbox" aria-label="Results" className="max-h-96 overflow-y-auto p-2">
        {commands.map((command, at) => (
          // The keyboard is handled where the focus is: in the combobox.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={command.id}
            id={`${id}-${command.id}`}
            role="option"
            aria-selected={at === index}
            tabIndex={-1}
            onClick={() => run(command)}
            onPointerMove={() => setChosen(at)}
            className={classes(
              'flex cursor-pointer items-center gap-3 rounded-md px-3 py-2.5',
              at === index && 'bg-mark text-on-mark [&_*]:text-on-mark',
            )}
          >
            <Icon name={command.icon} className="shrink-0 text-faint" />
            <span className="min-w-0 flex-1 truncate">{command.label}</span>
            {command.platform && <PlatformName slug={command.platform} />}
          </div>
        ))}
      </div>
      {commands.length === 0 && <p className="px-5 pb-8 text-center text-note text-faint">Nothing by that name.</p>}
    </Dialog>
  )
}

function useCommands(typed: string): Command[] {
  const navigate = useNavigate()
  const client = useQueryClient()
  const words = useDebounced(typed.trim(), TYPING_MS)
  const { data } = useQuery({ ...draftsQuery(words ? { q: words } : {}), enabled: words.length > 1 })
  const needle = typed.trim().toLowerCase()

  const go = (to: string) => () => void navigate(to)
  const fixed: Command[] = [
    ...PAGES.map(({ to, label, icon }) => ({ id: `page-${label}`, label, icon, run: go(to) })),
    { id: 'board', label: 'Pipeline as a board', icon: 'board', run: go('/pipeline?view=board') },
    { id: 'notifications', label: 'Notifications', icon: 'bell', run: go('/notifications') },
    { id: 'light', label: 'Light appearance', icon: 'sun', run: () => setTheme('light') },
    { id: 'dark', label: 'Dark appearance', icon: 'moon', run: () => setTheme('dark') },
    { id: 'system', label: 'Appearance as the system', icon: 'system', run: () => setTheme('system') },
    { id: 'sign-out', label: 'Sign out', icon: 'external', run: () => void signOut(client).then(go('/sign-in')) },
  ]
  const drafts: Command[] = (words.length > 1 ? (data?.content ?? []) : [])
    .filter(({ core_idea, content_text }) =>
      `${core_idea.title} ${content_text}`.toLowerCase().includes(needle),
    )
    .slice(0, MOST_DRAFTS)
    .map((draft) => ({
      id: draft.id,
      label: draft.core_idea.title ?? 'A draft',
      icon: 'today',
      platform: draft.platform,
      run: go(`/drafts/${draft.id}`),
    }))
  return [...fixed.filter(({ label }) => label.toLowerCase().includes(needle)), ...drafts]
}
