import { createBrowserRouter, Navigate, type RouteObject } from 'react-router'
import { CrashPage } from './crash-page'
import { OPEN_PAGES, OWN_PAGES } from './parts'
import { SessionGate } from './session-gate'
import { Shell } from './shell'

const routes = (pages: typeof OPEN_PAGES): RouteObject[] =>
  Object.entries(pages).map(([path, part]) => ({ path, lazy: async () => ({ Component: (await part()).default }) }))

export const router = createBrowserRouter([
  {
    ErrorBoundary: CrashPage,
    HydrateFallback: () => null,
    children: [
      ...routes(OPEN_PAGES),
      {
        Component: SessionGate,
        children: [{ Component: Shell, ErrorBoundary: CrashPage, children: routes(OWN_PAGES) }],
      },
      { path: '/index.html', element: <Navigate to="/" replace /> },
    ],
  },
])
