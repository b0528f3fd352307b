/** Unpacks the Chromium for tests, with the libraries and fonts that a bare system lacks, into node_modules/.chromium. */
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const home = fileURLToPath(new URL('../node_modules/.chromium', import.meta.url))
if (!existsSync(home)) {
  const folder = mkdtempSync(`${home}.`)
  // The package unpacks into the system's folder for temporary files; its libraries only where it believes to be on Lambda.
  process.env.TMPDIR = folder
  process.env.AWS_LAMBDA_JS_RUNTIME = 'nodejs22.x'
  const { default: chromium } = await import('@sparticuz/chromium')
  await chromium.executablePath()
  try {
    renameSync(folder, home)
  } catch (error) {
    if (!existsSync(home)) throw error
    rmSync(folder, { recursive: true }) // another process was first
  }
}
console.log(home)
