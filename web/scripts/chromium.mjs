/** Unpacks the Chromium for tests, with the libraries and fonts that a bare system lacks, into node_modules/.chromium. */
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The system's fonts, where it has any, and the package's, wherever they come to lie: without one Chromium crashes. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts</dir>
</fontconfig>
`
const home = fileURLToPath(new URL('../node_modules/.chromium', import.meta.url))
if (!existsSync(home)) {
  const folder = mkdtempSync(`${home}.`)
  // The package unpacks into the system's folder for temporary files; its libraries only where it believes to be on Lambda.
  process.env.TMPDIR = folder
  process.env.AWS_LAMBDA_JS_RUNTIME = 'nodejs22.x'
  const { default: chromium } = await import('@sparticuz/chromium')
  await chromium.executablePath()
  writeFileSync(`${folder}/fonts/fonts.conf`, FONTS)
  try {
    renameSync(folder, home)
  } catch (error) {
    if (!existsSync(home)) throw error
    rmSync(folder, { recursive: true }) // another process was first
  }
}
console.log(home)
