import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app'
import { startWorker } from './app/worker'
import './app/base.css'
import { restoreSession } from './lib/api/client'

/** Whose pages ask for no session. */
const PUBLIC = ['/sign-in', '/register', '/forgot', '/reset-password', '/privacy', '/terms']

// Beside the page's first part, not after it.
if (!PUBLIC.includes(location.pathname)) void restoreSession()

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
startWorker()
