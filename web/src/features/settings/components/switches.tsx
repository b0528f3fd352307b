import { useQuery } from '@tanstack/react-query'
import { Skeleton } from '@/components/feedback'
import { Check } from '@/components/field'
import { toast } from '@/components/toast'
import type { Schemas } from '@/lib/api/client'
import { explain } from '@/lib/api/problem'
import { accountQuery, preferencesQuery } from '@/lib/api/queries'
import { useSavePreferences } from '../api/config'

type Preferences = Schemas['PlatformPreferences']

/** Preferences that are one yes or no: saved as they are switched. */
function useSwitches() {
  const { data } = useQuery(preferencesQuery)
  const { mutate, isPending, variables } = useSavePreferences()
  const save = (changes: Partial<Preferences>) =>
    mutate(changes, {
      onSuccess: () => toast({ text: 'Saved' }),
      onError: (error) => toast({ text: explain(error).detail, tone: 'bad' }),
    })
  return { preferences: data && isPending ? { ...data, ...variables } : data, save }
}

export function ReviewSettings() {
  const { preferences, save } = useSwitches()
  if (!preferences) return <Skeleton className="h-16 w-full" />
  return (
    <Check
      label="Claims must be verified before a draft is ready"
      hint="Figures, quotations, sources and dates that your idea didn’t give. You can always override."
      checked={preferences.require_settled_claims ?? true}
      onTick={(isRequired) => save({ require_settled_claims: isRequired })}
    />
  )
}

export function NotificationSettings() {
  const { preferences, save } = useSwitches()
  const { data: account } = useQuery(accountQuery)
  if (!preferences) return <Skeleton className="h-24 w-full" />
  const { in_app = true, email = false } = preferences.notifications ?? {}
  return (
    <div className="grid gap-4">
      <Check
        label="In Polycast"
        hint="Behind the bell."
        checked={in_app}
        onTick={(isWanted) => save({ notifications: { in_app: isWanted, email } })}
      />
      <Check
        label="By e-mail"
        hint={`To ${account?.email ?? 'your address'}, where this installation sends mail.`}
        checked={email}
        onTick={(isWanted) => save({ notifications: { in_app, email: isWanted } })}
      />
    </div>
  )
}
