import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { Icon } from '@/components/icons'
import { plural } from '@/lib/format'
import { notificationsQuery } from '../api/notifications'

export function NotificationBell() {
  const { data } = useQuery(notificationsQuery)
  if (!data) return null
  const unread = data.filter(({ read_at }) => !read_at).length
  const label = unread ? plural(unread, 'new notification') : 'Notifications'
  return (
    <Link
      to="/notifications"
      aria-label={label}
      title={label}
      className="relative inline-flex size-9 items-center justify-center rounded-md text-soft hover:bg-sunk hover:text-ink"
    >
      <Icon name="bell" />
      {unread > 0 && <span className="absolute top-1.5 right-1.5 size-2.5 rounded-full border-2 border-paper bg-bad" />}
    </Link>
  )
}
