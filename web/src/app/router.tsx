import type { ComponentType } from 'react'
import { createBrowserRouter, Navigate } from 'react-router'
import { CrashPage } from './crash-page'
import { SessionGate } from './session-gate'
import { Shell } from './shell'

/** A page that is fetched when it is first opened. */
const page = (load: () => Promise<{ default: ComponentType }>) => async () => ({ Component: (await load()).default })

export const router = createBrowserRouter([
  {
    ErrorBoundary: CrashPage,
    HydrateFallback: () => null,
    children: [
      { path: '/sign-in', lazy: page(() => import('@/features/auth/components/sign-in')) },
      { path: '/register', lazy: page(() => import('@/features/auth/components/register')) },
      { path: '/forgot', lazy: page(() => import('@/features/auth/components/forgot')) },
      { path: '/reset-password', lazy: page(() => import('@/features/auth/components/reset')) },
      { path: '/privacy', lazy: page(() => import('@/features/legal/components/privacy')) },
      { path: '/terms', lazy: page(() => import('@/features/legal/components/terms')) },
      {
        Component: SessionGate,
        children: [
          {
            Component: Shell,
            ErrorBoundary: CrashPage,
            children: [
              { index: true, lazy: page(() => import('./today')) },
              { path: '/pipeline', lazy: page(() => import('@/features/content/components/pipeline/page')) },
              { path: '/drafts/:id', lazy: page(() => import('@/features/content/components/draft/page')) },
              { path: '/runs', lazy: page(() => import('@/features/workflows/components/history')) },
              { path: '/runs/:id', lazy: page(() => import('./run')) },
              { path: '/activity', lazy: page(() => import('@/features/activity/components/activity')) },
              { path: '/notifications', lazy: page(() => import('@/features/notifications/components/inbox')) },
              { path: '/settings', lazy: page(() => import('@/features/settings/components/settings')) },
              { path: '*', lazy: page(() => import('./not-found')) },
            ],
          },
        ],
      },
      { path: '/index.html', element: <Navigate to="/" replace /> },
    ],
  },
])
