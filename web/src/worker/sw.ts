/**
 * The page without a connection: its own files, and the API's answers that were seen last.
 *
 * Answers are kept a person: under the name that the request's token carries, one person at a time, and none once
 * somebody has signed out. No token is ever kept.
 */
import { COPIES, personOf } from './copies'

declare const self: ServiceWorkerGlobalScope
/** The page's files and a hash over them, put in by the build. */
declare const __FILES__: readonly string[]
declare const __VERSION__: string

const FILES = __FILES__
const SHELL = `polycast-shell-${__VERSION__}`
const HOME = '/'
const MOST_COPIES = 300

/** What is no content, or too large, or never ends. */
const NEVER_KEPT = ['/api/v1/events', '/api/v1/account/export', '/api/v1/auth/sessions', '/api/v1/audit']
/** Also in `lib/api/reach.ts`. */
const COPY_HEADER = 'Polycast-Copy-Of'

/** Counts the sign-outs: an answer that was asked for before one is not kept after it. */
let signOuts = 0

self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const shell = await caches.open(SHELL)
      await shell.addAll([new Request(HOME, { cache: 'reload' }), ...FILES])
    })(),
  )
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      const others = (await caches.keys()).filter((name) => name.startsWith('polycast-shell-') && name !== SHELL)
      await Promise.all(others.map((name) => caches.delete(name)))
      await self.clients.claim()
    })(),
  )
})

self.addEventListener('message', (event) => {
  if (event.data === 'activate') void self.skipWaiting()
  if (event.data === 'forget') {
    signOuts += 1
    event.waitUntil(forgetAllBut(null).then(() => event.ports[0]?.postMessage('forgotten')))
  }
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (origin !== self.location.origin || request.method !== 'GET') return
  if (request.mode === 'navigate') event.respondWith(page(request))
  else if (FILES.includes(pathname)) event.respondWith(file(request))
  else if (pathname.startsWith('/api/') && !NEVER_KEPT.includes(pathname)) event.respondWith(answer(event))
})

async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch (error) {
    const kept = await caches.match(HOME, { cacheName: SHELL })
    if (!kept) throw error
    return kept
  }
}

async function file(request: Request): Promise<Response> {
  return (await caches.match(request.url, { cacheName: SHELL, ignoreVary: true })) ?? fetch(request)
}

async function answer(event: FetchEvent): Promise<Response> {
  const { request } = event
  const asked = signOuts
  const person = personOf(request.headers.get('Authorization'))
  try {
    const response = await fetch(request)
    const isContent = response.status === 200 && response.headers.get('Content-Type')?.includes('json')
    if (person && isContent) event.waitUntil(keep(person, request.url, response.clone(), asked))
    return response
  } catch (error) {
    const copy = await lastSeen(person, request.url)
    if (!copy) throw error
    return copy
  }
}

async function keep(person: string, url: string, response: Response, asked: number): Promise<void> {
  const headers = new Headers(response.headers)
  headers.set(COPY_HEADER, new Date().toISOString())
  headers.delete('Vary')
  const body = await response.blob()
  if (asked !== signOuts) return
  await forgetAllBut(person)
  const copies = await caches.open(COPIES + person)
  await copies.put(url, new Response(body, { headers }))
  if (asked !== signOuts) await forgetAllBut(null)
  const kept = await copies.keys()
  await Promise.all(kept.slice(0, -MOST_COPIES).map((old) => copies.delete(old)))
}

/** Without a token, as after a reload with nobody to ask for one, the copies are those of the one who was here last. */
async function lastSeen(person: string | null, url: string): Promise<Response | undefined> {
  const names = await caches.keys()
  const name = names.find((name) => (person ? name === COPIES + person : name.startsWith(COPIES)))
  return name ? caches.match(url, { cacheName: name }) : undefined
}

async function forgetAllBut(person: string | null): Promise<void> {
  const others = (await caches.keys()).filter((name) => name.startsWith(COPIES) && name !== COPIES + (person ?? ''))
  await Promise.all(others.map((name) => caches.delete(name)))
}
