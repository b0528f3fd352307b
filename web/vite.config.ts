import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

/** Where `npm run dev` finds the gateway. */
const API = process.env.POLYCAST_API ?? 'http://127.0.0.1:8000'

/**
 * Puts into index.html what its first paint needs, boot.js and the styles, so that it waits for no second answer; and
 * names the parts that the entry imports later, so that they come beside it. The gateway allows both by their hashes.
 */
function firstPaint(): Plugin {
  return {
    name: 'polycast:first-paint',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        const boot = { tag: 'script', children: readFileSync(new URL('boot.js', import.meta.url), 'utf8'), injectTo: 'head-prepend' as const }
        if (!bundle) return [boot]
        const chunks = Object.values(bundle).filter((part) => part.type === 'chunk')
        const needed = new Set<string>()
        const need = (name: string) => {
          if (needed.has(name)) return
          needed.add(name)
          chunks.find(({ fileName }) => fileName === name)?.imports.forEach(need)
        }
        const entry = chunks.find(({ isEntry, fileName }) => isEntry && html.includes(fileName))
        entry?.dynamicImports.forEach(need)
        const preloads = [...needed].filter((name) => !html.includes(name))
        const sheets = Object.values(bundle).filter((part) => part.type === 'asset' && part.fileName.endsWith('.css'))
        for (const { fileName } of sheets) {
          html = html.replace(new RegExp(`\\s*<link[^>]*${fileName}[^>]*>`), '')
          delete bundle[fileName]
        }
        const styles = sheets.map((part) => (part.type === 'asset' ? String(part.source) : '')).join('')
        return {
          html,
          tags: [
            boot,
            { tag: 'style', children: styles, injectTo: 'head' },
            ...preloads.map((name) => ({ tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href: `/${name}` }, injectTo: 'head' as const })),
          ],
        }
      },
    },
  }
}

/** Leaves a compressed copy beside each text: made once and well, not at each request. */
function compressed(): Plugin {
  return {
    name: 'polycast:compressed',
    apply: 'build',
    writeBundle({ dir }, bundle) {
      for (const fileName of Object.keys(bundle).filter((name) => /\.(js|html)$/.test(name))) {
        const file = join(dir ?? '.', fileName)
        writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file)))
      }
    },
  }
}

/** Builds the service worker beside the page and tells it the page's files: those of `public/` and all that is hashed. */
function serviceWorker(): Plugin {
  const PUBLIC = ['/icon.svg']
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
        const home = bundle['index.html']
        if (home?.type !== 'asset') throw new Error('There is no page for the service worker to keep.')
        const version = createHash('sha256').update(files).update(home.source).digest('hex').slice(0, 12)
        worker.code = worker.code.replaceAll('__FILES__', files).replaceAll('__VERSION__', JSON.stringify(version))
      },
    },
  }
}

export default defineConfig({
  plugins: [react(), tailwindcss(), firstPaint(), serviceWorker(), compressed()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { proxy: { '/api': API } },
  build: {
    // The content security policy is `default-src 'self'`: no data: URIs.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    // light-dark() and nesting as written.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    manifest: true,
    rolldownOptions: {
      output: {
        // Few files, as each costs a request, and none so large that the browser is busy with it for long.
        codeSplitting: {
          groups: [
            { name: 'session', test: /vite\/(preload-helper|modulepreload)|node_modules\/(react|openapi-fetch)\/|src\/(lib\/api\/(client|session)|app\/parts)\.ts/ },
            { name: 'react-dom', test: /node_modules\/react-dom\// },
            { name: 'frame', test: /src\/app\/(router|app)\.tsx/ },
            { name: 'core', test: /src\/(components|lib)\//, minShareCount: 3 },
          ],
        },
      },
    },
  },
})
