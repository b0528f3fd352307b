import type { ReactNode } from 'react'
import { Segmented } from '@/components/button'
import { PageHead } from '@/components/page'
import { setTheme, useTheme } from '@/lib/theme'
import { AccountSettings } from './account'
import { PreferenceSettings } from './preferences'
import { ScheduleSettings } from './schedule'
import { Sessions } from './sessions'
import { NotificationSettings, ReviewSettings } from './switches'

export default function Settings() {
  return (
    <div className="page">
      <PageHead title="Settings" />
      <div className="mt-8">
        <Part title="Schedule" note="When Polycast thinks of the day’s ideas.">
          <ScheduleSettings />
        </Part>
        <Part title="What is written" note="Topics, audience and voice ride along with every run.">
          <PreferenceSettings />
        </Part>
        <Part title="Review" note="What a draft needs on its way.">
          <ReviewSettings />
        </Part>
        <Part title="Notifications" note="When a run is over or has failed.">
          <NotificationSettings />
        </Part>
        <Part title="Appearance" note="On this device.">
          <Appearance />
        </Part>
        <Part title="Sessions" note="Where you are signed in.">
          <Sessions />
        </Part>
        <Part title="Account" note="Yours to take along, and to delete.">
          <AccountSettings />
        </Part>
      </div>
    </div>
  )
}

function Part({ title, note, children }: { title: string; note: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="grid gap-x-12 gap-y-5 border-t border-line py-9 lg:grid-cols-[15rem_minmax(0,40rem)]">
      <div>
        <h2 className="font-serif text-title font-medium">{title}</h2>
        <p className="mt-1 text-note text-faint">{note}</p>
      </div>
      {children}
    </section>
  )
}

function Appearance() {
  const theme = useTheme()
  return (
    <div>
      <Segmented
        label="Appearance"
        value={theme}
        options={[
          { value: 'system', label: 'As the system', icon: 'system' },
          { value: 'light', label: 'Light', icon: 'sun' },
          { value: 'dark', label: 'Dark', icon: 'moon' },
        ]}
        onChange={setTheme}
      />
    </div>
  )
}
