import { useEffect, type ReactNode } from 'react'

/** A page's title in the tab and at its top. */
export function PageHead({
  title,
  tab = title,
  children,
  actions,
}: {
  title: string
  tab?: string
  children?: ReactNode
  actions?: ReactNode
}) {
  useEffect(() => {
    document.title = `${tab} · Polycast`
  }, [tab])
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-8 gap-y-5">
      <div className="min-w-0">
        <h1 className="font-serif text-masthead font-medium tracking-[-0.02em]">{title}</h1>
        {children && <div className="mt-3 max-w-2xl text-lead text-soft">{children}</div>}
      </div>
      {actions && <div className="flex flex-wrap gap-2.5">{actions}</div>}
    </header>
  )
}

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded-sm border border-edge/50 bg-paper px-1 font-sans text-fine font-semibold text-soft">
      {children}
    </kbd>
  )
}
