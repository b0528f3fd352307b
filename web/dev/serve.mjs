/**
 * Development only: serves dist/ under the shipped content security policy and passes /api to a running gateway.
 *
 *   API=http://127.0.0.1:8000 PORT=5174 node dev/serve.mjs
 */
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'

const API = process.env.API ?? 'http://127.0.0.1:8000'
const PORT = Number(process.env.PORT ?? 5174)
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.txt': 'text/plain' }
const CSP = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"

const upstream = (path, { method = 'GET', headers = {}, body } = {}) => fetch(API + path, { method, headers, body, duplex: 'half' })

async function readBody(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function answerApi(request, response) {
  const body = await readBody(request)
  const { host, connection, 'content-length': _, ...headers } = request.headers
  const answer = await upstream(request.url, { method: request.method, headers, body: body.length ? body : undefined })
  const { 'content-encoding': __, 'transfer-encoding': ___, 'content-length': ____, ...kept } = Object.fromEntries(answer.headers)
  response.writeHead(answer.status, kept)
  if (answer.body) for await (const chunk of answer.body) response.write(chunk)
  response.end()
}

async function answerFile(request, response) {
  const path = new URL(request.url, 'http://x').pathname
  const file = extname(path) ? path : '/index.html'
  try {
    const content = await readFile(new URL(`../dist${file}`, import.meta.url))
    response.writeHead(200, {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      'Content-Security-Policy': CSP,
      'Cache-Control': file.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    })
    response.end(content)
  } catch {
    response.writeHead(404).end('not found')
  }
}

createServer((request, response) => {
  const answer = request.url.startsWith('/api/') ? answerApi : answerFile
  answer(request, response).catch((error) => {
    console.error(request.method, request.url, error.message)
    if (!response.headersSent) response.writeHead(503)
    response.end()
  })
}).listen(PORT, '127.0.0.1', () => console.log(`http://127.0.0.1:${PORT}`))
