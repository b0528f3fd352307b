import type { ComponentType } from 'react'

type Part = () => Promise<{ default: ComponentType }>

/** The pages, each a part that is fetched when it is first opened: path → part. */
export const OPEN_PAGES: Record<string, Part> = {
  '/sign-in': () => import('@/features/auth/components/sign-in'),
  '/register': () => import('@/features/auth/components/register'),
  '/forgot': () => import('@/features/auth/components/forgot'),
  '/reset-password': () => import('@/features/auth/components/reset'),
  '/privacy': () => import('@/features/legal/components/privacy'),
  '/terms': () => import('@/features/legal/components/terms'),
}

/** Of who is signed in. */
export const OWN_PAGES: Record<string, Part> = {
  '/': () => import('./today'),
  '/pipeline': () => import('@/features/content/components/pipeline/page'),
  '/drafts/:id': () => import('@/features/content/components/draft/page'),
  '/runs': () => import('@/features/workflows/components/history'),
  '/runs/:id': () => import('./run'),
  '/activity': () => import('@/features/activity/components/activity'),
  '/notifications': () => import('@/features/notifications/components/inbox'),
  '/settings': () => import('@/features/settings/components/settings'),
  '*': () => import('./not-found'),
}

/** Begins to fetch what the router will ask for once it is there itself. */
export function fetchPart(path: string): void {
  const pattern = path.replace(/^(\/(?:drafts|runs)\/)[^/]+$/, '$1:id')
  const part = OPEN_PAGES[pattern] ?? OWN_PAGES[pattern]
  void part?.().catch(() => undefined) // the router asks again, and says why it can't
}
