import { useEffect, type ReactNode } from 'react'
import { Link } from 'react-router'
import { Emblem } from '@/components/icons'

/** The page of somebody who isn't signed in: what Polycast does on one side, the form on the other. */
export function Frame({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Polycast`
  }, [title])
  return (
    <div className="grid min-h-dvh lg:grid-cols-[1.1fr_1fr]">
      <section aria-label="About" className="flex flex-col justify-between bg-mark px-6 py-6 text-on-mark lg:px-14 lg:py-12">
        <p className="flex items-center gap-3 font-serif text-title font-semibold">
          <Emblem className="text-head" /> Polycast
        </p>
        <div className="hidden max-w-xl lg:block">
          <p className="font-serif text-[clamp(3rem,5.2vw,5.25rem)] leading-[0.98] font-medium tracking-[-0.025em]">
            One idea,
            <br />
            every channel.
          </p>
          <p className="mt-8 max-w-md text-lead">
            Each morning a handful of ideas, written out for every place you publish. You read, change and approve
            them. Nothing is ever posted for you.
          </p>
        </div>
        <p className="hidden text-note lg:block">
          <Link to="/privacy" className="underline underline-offset-3">
            Privacy
          </Link>
          {' · '}
          <Link to="/terms" className="underline underline-offset-3">
            Terms
          </Link>
        </p>
      </section>
      <main className="flex items-center px-6 py-10 lg:px-16">
        <div className="mx-auto w-full max-w-sm">
          <h1 className="font-serif text-head font-medium">{title}</h1>
          {children}
        </div>
      </main>
    </div>
  )
}
