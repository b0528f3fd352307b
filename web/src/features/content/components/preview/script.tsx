import { useState } from 'react'
import { Button } from '@/components/button'
import { accentStyle } from '@/lib/accent'
import { classes } from '@/lib/classes'
import { formatSeconds } from '@/lib/format'
import { scriptOf, sectionsOf, totalSeconds, wordsAMinute } from './description'
import type { PreviewProps } from './preview'
import { Teleprompter } from './teleprompter'

/** A script to be spoken: its sections on a timeline, and what is shown meanwhile. */
export default function ScriptPreview({ platform, check }: PreviewProps) {
  const [isPrompting, setPrompting] = useState(false)
  const announced = sectionsOf(platform)
  const script = scriptOf(check?.metadata)
  const allowed = totalSeconds(platform)
  const sections = (announced.length ? announced : Object.keys(script.texts).map((name) => ({ name, heading: name, seconds: null }))).map(
    ({ name, heading, seconds }) => ({
      name,
      heading,
      text: script.texts[name] ?? '',
      takes: script.seconds[name] ?? 0,
      allowed: seconds,
    }),
  )
  const length = Math.max(script.total, 1)
  const fits = (takes: number, range: [number, number] | null) => !range || (range[0] <= takes && takes <= range[1])

  return (
    <div style={accentStyle(platform)}>
      <div className="mb-3 flex items-center justify-between gap-3">
        <p className="figures text-note">
          <span className={classes('font-serif text-title', fits(script.total, allowed) ? 'text-ink' : 'text-bad')}>
            {formatSeconds(script.total)}
          </span>{' '}
          <span className="text-faint">
            {allowed && `of ${allowed[0]} to ${allowed[1]} s, `}at {wordsAMinute(platform)} words a minute
          </span>
        </p>
        <Button size="sm" icon="play" disabled={script.total === 0} onClick={() => setPrompting(true)}>
          Teleprompter
        </Button>
      </div>

      <div className="overflow-hidden rounded-lg border border-line bg-surface shadow-raised">
        <div aria-hidden="true" className="flex gap-px bg-line">
          {sections.map(({ name, takes }, index) => (
            <div
              key={name}
              className={classes('accent-bar h-2', ['opacity-100', 'opacity-60', 'opacity-80'][index % 3])}
              style={{ width: `${(100 * takes) / length}%` }}
            />
          ))}
        </div>
        <ol className="divide-y divide-line">
          {sections.map(({ name, heading, text, takes, allowed }, index) => {
            const start = sections.slice(0, index).reduce((sum, section) => sum + section.takes, 0)
            return (
              <li key={name} className="grid grid-cols-[4.5rem_1fr] gap-x-3 px-4 py-3.5">
                <p className="figures text-fine leading-snug text-faint">
                  {formatClock(start)}
                  <span className={classes('block font-semibold', fits(takes, allowed) ? 'text-soft' : 'text-warn')}>
                    {takes.toFixed(1)} s
                  </span>
                  {allowed && !fits(takes, allowed) && (
                    <span className="block">
                      wanted {allowed[0]}–{allowed[1]}
                    </span>
                  )}
                </p>
                <div className="min-w-0">
                  <h2 className="accent-text text-fine font-semibold tracking-[0.06em] uppercase">{heading}</h2>
                  <p className="mt-0.5 whitespace-pre-line">{text || <span className="text-faint">Missing</span>}</p>
                </div>
              </li>
            )
          })}
        </ol>
      </div>

      {script.scenes.length > 0 && (
        <section aria-label="Scenes" className="mt-5">
          <h2 className="text-note font-semibold">What is shown</h2>
          <ol className="mt-2 grid grid-cols-2 gap-2.5 sm:grid-cols-3 lg:grid-cols-2">
            {script.scenes.map((scene, index) => (
              <li key={index} className="rounded-md border border-line bg-surface p-3 text-note">
                <span className="figures mr-1.5 font-serif text-lead text-faint">{index + 1}</span>
                {scene}
              </li>
            ))}
          </ol>
        </section>
      )}
      {isPrompting && (
        <Teleprompter
          text={sections.map(({ text }) => text).join('\n\n')}
          pace={wordsAMinute(platform)}
          onClose={() => setPrompting(false)}
        />
      )}
    </div>
  )
}

function formatClock(seconds: number): string {
  const whole = Math.floor(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
