import { useEffect, type ReactNode } from 'react'
import { Link } from 'react-router'
import { Emblem } from '@/components/icons'

export function LegalDocument({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Polycast`
  }, [title])
  return (
    <main className="page !max-w-3xl">
      <Link to="/" className="inline-flex items-center gap-2.5 font-serif text-title font-semibold">
        <Emblem className="text-head" /> Polycast
      </Link>
      <h1 className="mt-10 font-serif text-masthead font-medium tracking-[-0.02em]">{title}</h1>
      <div className="mt-8 grid gap-4 text-soft [&_h2]:mt-5 [&_h2]:font-serif [&_h2]:text-title [&_h2]:text-ink [&_li]:ml-5 [&_li]:list-disc">
        {children}
      </div>
    </main>
  )
}
