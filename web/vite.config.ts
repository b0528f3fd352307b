import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** Where `npm run dev` finds the gateway. */
const API = process.env.POLYCAST_API ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [react(), tailwindcss()],
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
