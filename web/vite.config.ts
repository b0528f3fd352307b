import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

/** Where `npm run dev` finds the gateway. */
const API = process.env.POLYCAST_API ?? 'http://127.0.0.1:8000'

/** Builds the service worker beside the page and tells it the page's files: those of `public/` and all that is hashed. */
function serviceWorker(): Plugin {
  const PUBLIC = ['/icon.svg', '/theme.js']
  return {
    name: 'polycast:service-worker',
    apply: 'build',
    buildStart() {
      this.emitFile({ type: 'chunk', id: 'src/worker/sw.ts', fileName: 'sw.js' })
    },
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const worker = bundle['sw.js']
        if (worker?.type !== 'chunk') throw new Error('The service worker was not built.')
        const hashed = Object.keys(bundle).filter((name) => /^assets\/.+\.(js|css|woff2)$/.test(name))
        const files = JSON.stringify([...PUBLIC, ...hashed.map((name) => `/${name}`)])
        const version = createHash('sha256').update(files).digest('hex').slice(0, 12)
        worker.code = worker.code.replaceAll('__FILES__', files).replaceAll('__VERSION__', JSON.stringify(version))
      },
    },
  }
}

export default defineConfig({
  plugins: [react(), tailwindcss(), serviceWorker()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { proxy: { '/api': API } },
  build: {
    // The content security policy is `default-src 'self'`: no data: URIs.
    assetsInlineLimit: 0,
    // light-dark() and nesting as written.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    manifest: true,
  },
})
