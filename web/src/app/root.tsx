import { StrictMode, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'

export function render(page: ReactNode): void {
  const root = document.getElementById('root')
  if (!root) throw new Error('index.html has no #root')
  createRoot(root).render(<StrictMode>{page}</StrictMode>)
}
