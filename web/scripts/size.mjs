/** Fails the build when what a first visit must load grows past the budget. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET_KB = 180
const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))

/** What index.html names, the entry and all that it imports in its parts, and the largest page beside it. */
function staticImports(key, seen = new Set()) {
  if (seen.has(key)) return seen
  seen.add(key)
  for (const imported of manifest[key].imports ?? []) staticImports(imported, seen)
  return seen
}

const kilobytes = (keys) => [...keys].reduce((sum, key) => sum + gzipSync(readFileSync(new URL(manifest[key].file, dist))).length, 0) / 1024

const index = readFileSync(new URL('index.html', dist), 'utf8')
const entry = new Set(Object.keys(manifest).filter((key) => manifest[key].file.endsWith('.js') && index.includes(manifest[key].file)))
const pages = Object.keys(manifest).filter((key) => manifest[key].isDynamicEntry)
let largest = { page: 'none', total: kilobytes(entry) }
for (const page of pages) {
  const total = kilobytes(new Set([...entry, ...staticImports(page)]))
  if (total > largest.total) largest = { page, total }
}

console.log(`JavaScript, gzip: ${kilobytes(entry).toFixed(1)} KB to start; ${largest.total.toFixed(1)} KB with the largest page (${largest.page}); budget ${BUDGET_KB} KB`)
if (largest.total > BUDGET_KB) process.exit(1)
