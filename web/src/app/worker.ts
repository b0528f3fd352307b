/** The service worker's side of the page: registered once, updated when the person says so, emptied at sign-out. */
import { toast } from '@/components/toast'
import { session } from '@/lib/api/session'

const HOUR_MS = 60 * 60_000

export function startWorker(): void {
  if (!('serviceWorker' in navigator) || !import.meta.env.PROD) return
  session.subscribe(() => {
    if (session.get().status === 'signed-out') navigator.serviceWorker.controller?.postMessage('forget')
  })
  const register = () => void navigator.serviceWorker.register('/sw.js').then(watch).catch(() => undefined)
  if (document.readyState === 'complete') register()
  else window.addEventListener('load', register)
}

function watch(registration: ServiceWorkerRegistration): void {
  // A page that has just been loaded is the newest already.
  registration.waiting?.postMessage('activate')
  registration.addEventListener('updatefound', () => {
    const next = registration.installing
    next?.addEventListener('statechange', () => {
      if (next.state === 'installed' && navigator.serviceWorker.controller) offer(next)
    })
  })
  setInterval(() => void registration.update().catch(() => undefined), HOUR_MS)
}

function offer(next: ServiceWorker): void {
  toast({
    text: 'A new version of Polycast is here. What you wrote is kept.',
    isLasting: true,
    action: {
      label: 'Load it',
      run: () => {
        navigator.serviceWorker.addEventListener('controllerchange', () => location.reload())
        next.postMessage('activate')
      },
    },
  })
}
