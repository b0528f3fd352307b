import type { IconName } from '@/components/icons'

export const PAGES: readonly { to: string; label: string; icon: IconName }[] = [
  { to: '/', label: 'Today', icon: 'today' },
  { to: '/pipeline', label: 'Pipeline', icon: 'pipeline' },
  { to: '/runs', label: 'Runs', icon: 'runs' },
  { to: '/activity', label: 'Activity', icon: 'activity' },
  { to: '/settings', label: 'Settings', icon: 'settings' },
]
