/**
 * Development only: opens each view in a real Chromium, light and dark, phone and desktop, takes its picture and
 * runs axe on it. Prints what axe and the console complain of.
 *
 *   URL=http://127.0.0.1:5174 EMAIL=… PASSWORD=… OUT=/somewhere node dev/look.mjs [view…]
 */
import chromium from '@sparticuz/chromium'
import { chromium as playwright } from 'playwright-core'
import { mkdirSync, readFileSync } from 'node:fs'

const { URL: address, EMAIL, PASSWORD, OUT = 'pictures' } = process.env
const axe = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')
const only = process.argv.slice(2)
mkdirSync(OUT, { recursive: true })

const executablePath = await chromium.executablePath()
const left = ['--headless', '--single-process', '--no-zygote', '--disable-web-security', '--allow-running-insecure-content']
const browser = await playwright.launch({
  executablePath,
  args: [...chromium.args.filter((arg) => !left.some((name) => arg.startsWith(name))), '--no-sandbox'],
  headless: true,
})
const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } }
let complaints = 0

for (const [size, viewport] of Object.entries(SIZES)) {
  if (process.env.SIZE && size !== process.env.SIZE) continue
  for (const colorScheme of ['light', 'dark']) {
    if (process.env.SCHEME && colorScheme !== process.env.SCHEME) continue
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce', bypassCSP: false })
    const page = await context.newPage()
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && !/401|404/.test(message.text()) && console.log(`  console: ${message.text()}`))
    page.on('pageerror', (error) => console.log(`  page: ${error.message}`))

    const look = async (name, open) => {
      if (only.length && !only.includes(name)) return
      try {
        await open()
        await page.waitForTimeout(700)
      } catch (error) {
        console.log(`${name} ${size} ${colorScheme}: ${error.message.split('\n')[0]}`)
      }
      await page.screenshot({ path: `${OUT}/${name}.${size}.${colorScheme}.png`, fullPage: !['pipeline', 'board', 'palette', 'run-dialog'].includes(name) })
      await page.evaluate(axe).catch(async () => page.addScriptTag({ content: axe }))
      const { violations } = await page.evaluate(() => globalThis.axe.run())
      for (const { id, impact, nodes } of violations) {
        complaints++
        console.log(`${name} ${size} ${colorScheme}: ${id} (${impact}) ${nodes.length}× ${nodes[0].html.slice(0, 160)} ${nodes[0].any?.[0]?.message ?? ''}`)
      }
    }
    const go = (path) => async () => {
      await page.goto(address + path)
      await page.locator('h1').first().waitFor()
    }

    await look('sign-in', go('/sign-in'))
    await go('/sign-in')()
    await page.getByLabel('E-mail address').fill(EMAIL)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Sign in' }).waitFor()
    await look('today', go('/'))
    await look('run-dialog', async () => { await go('/')(); await page.getByRole('button', { name: 'Run now' }).first().click() })
    await look('palette', async () => { await go('/')(); await page.keyboard.press('Control+k'); await page.getByRole('combobox').fill('da') })
    await look('pipeline', go('/pipeline'))
    await look('selected', async () => { await go('/pipeline')(); await page.getByRole('checkbox').nth(1).check(); await page.getByRole('checkbox').nth(3).check() })
    await look('board', go('/pipeline?view=board'))
    for (const platform of ['LinkedIn', 'X', 'Instagram']) {
      await look(`draft-${platform}`, async () => {
        await go('/')()
        await page.locator('a[id^=draft-]').filter({ has: page.getByText(platform, { exact: true }) }).first().click()
        await page.waitForURL(/drafts/)
        await page.waitForTimeout(600)
      })
    }
    await look('versions', async () => { await page.getByRole('button', { name: 'Versions' }).click() })
    await look('about', async () => { await page.getByRole('button', { name: 'About' }).click() })
    await look('runs', go('/runs'))
    await look('run', async () => { await go('/runs')(); await page.locator('tbody a').first().click() })
    await look('activity', go('/activity'))
    await look('notifications', go('/notifications'))
    await look('settings', go('/settings'))
    await look('privacy', go('/privacy'))
    await context.close()
  }
}
await browser.close()
console.log(`axe: ${complaints} complaints`)
