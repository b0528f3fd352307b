import './app/base.css'
import { fetchPart } from './app/parts'
import { restoreSession } from './lib/api/client'
import { session } from './lib/api/session'

if (session.isExpected()) void restoreSession()
else session.end()
fetchPart(location.pathname)

// In parts, between which the browser can paint and answer. index.html names them all, so they come at once.
const { render } = await import('./app/root')
await import('./app/router')
const { App } = await import('./app/app')
const { startWorker } = await import('./app/worker')

render(<App />)
startWorker()
