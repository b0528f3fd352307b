/**
 * Development only: walks through what a person does, in a real Chromium, and says what doesn't hold.
 *
 *   URL=http://127.0.0.1:5174 EMAIL=… PASSWORD=… node dev/flows.mjs [flow…]
 */
import assert from 'node:assert/strict'
import chromium from '@sparticuz/chromium'
import { chromium as playwright } from 'playwright-core'

const { URL: address, EMAIL, PASSWORD } = process.env
const only = process.argv.slice(2)
const left = ['--headless', '--single-process', '--no-zygote', '--disable-web-security', '--allow-running-insecure-content']
const browser = await playwright.launch({
  executablePath: await chromium.executablePath(),
  args: [...chromium.args.filter((arg) => !left.some((name) => arg.startsWith(name))), '--no-sandbox'],
})

async function signedIn() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, serviceWorkers: 'block' })
  const page = await context.newPage()
  page.setDefaultTimeout(8000)
  page.on('pageerror', (error) => console.log(`  page error: ${error.message}`))
  if (process.env.TRACE) page.on('response', async (r) => r.request().method() !== 'GET' && console.log('  ', r.request().method(), r.url().slice(30), r.status(), r.request().headers()['if-match'] ?? '', r.headers()['etag'] ?? ''))
  page.on('response', (r) => r.status() === 429 && console.log('  429', r.url().slice(30)))
  page.on('console', (message) => /Content Security|CSP/.test(message.text()) && console.log(`  ${message.text()}`))
  await signIn(page)
  return page
}
async function signIn(page, path = '/') {
  if (!page.url().includes('/sign-in')) await page.goto(address + path)
  await page.getByLabel('E-mail address').fill(EMAIL)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
}
const firstDraft = async (page, path) => {
  await page.goto(address + path)
  const link = page.locator('a[id^=draft-]').first()
  const href = await link.getAttribute('href')
  await link.click()
  await page.waitForURL(/drafts\//)
  return href
}

const flows = {
  async reload() {
    const page = await signedIn()
    await page.goto(`${address}/settings`)
    await page.reload()
    await page.getByRole('heading', { name: 'Settings' }).waitFor()
  },
  async edit() {
    const page = await signedIn()
    await firstDraft(page, '/pipeline?state=generated&platform=linkedin')
    const box = page.getByRole('textbox', { name: 'LinkedIn text' })
    await box.press('Control+Home')
    await box.pressSequentially('A new first line. ')
    await page.getByText('Saved', { exact: true }).waitFor()
    await page.getByText('Edited', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Versions' }).click()
    await page.getByText('Your edit, shown now').waitFor()
    await page.getByRole('button', { name: /AI, version 1/ }).click()
    await page.getByRole('button', { name: 'Use this one' }).click()
    await page.getByText('Restored').waitFor()
    await page.waitForFunction(() => !document.querySelector('textarea').value.startsWith('A new first line.'))
  },
  async findings() {
    const page = await signedIn()
    await firstDraft(page, '/pipeline?state=generated&platform=twitter')
    const box = page.getByRole('textbox', { name: 'X text' })
    await box.fill('long '.repeat(80))
    await page.getByText(/Tweet 1 counts/).waitFor()
    await page.locator('mark').first().waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Show', exact: true }).first().click()
    await page.waitForTimeout(200)
    assert((await box.evaluate((area) => area.selectionEnd - area.selectionStart)) > 0)
    await page.getByText('Saved', { exact: true }).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Mark ready' }).getAttribute('aria-disabled'), 'true')
    await page.getByRole('button', { name: 'Versions' }).click()
    await page.getByRole('button', { name: /AI, version 1/ }).click()
    await page.getByRole('button', { name: 'Use this one' }).click()
    await page.getByText('Restored').waitFor()
  },
  async conflict() {
    const page = await signedIn()
    const href = await firstDraft(page, '/pipeline?platform=linkedin')
    const other = await page.context().newPage()
    await page.route('**/api/v1/events', (route) => route.abort())
    await page.reload()
    await other.goto(address + href)
    const mine = page.getByRole('textbox', { name: 'LinkedIn text' })
    const theirs = other.getByRole('textbox', { name: 'LinkedIn text' })
    await mine.waitFor()
    await theirs.press('Control+End')
    await theirs.pressSequentially(' Theirs.')
    await other.getByText('Saved', { exact: true }).waitFor()
    await page.waitForTimeout(300)
    await mine.press('Control+End')
    await mine.pressSequentially(' Mine.')
    await page.getByRole('heading', { name: 'This draft was changed elsewhere' }).waitFor()
    await page.getByRole('button', { name: 'Keep mine' }).click()
    await page.getByText('Saved', { exact: true }).waitFor()
    assert((await mine.inputValue()).endsWith('Mine.'))
  },
  async expiry() {
    const page = await signedIn()
    const href = await firstDraft(page, '/pipeline?platform=linkedin')
    const box = page.getByRole('textbox', { name: 'LinkedIn text' })
    await page.route('**/api/v1/auth/refresh', (route) => route.fulfill({ status: 401, body: '{}' }))
    await page.route('**/api/v1/content/**', (route) => (route.request().method() === 'PUT' ? route.fulfill({ status: 401, body: '{}' }) : route.continue()))
    await box.press('Control+End')
    await box.pressSequentially(' Kept over the sign-in.')
    await page.getByText('Your session has ended').waitFor()
    await page.unroute('**/api/v1/content/**')
    await page.unroute('**/api/v1/auth/refresh')
    await signIn(page)
    await page.waitForURL(new RegExp(href))
    assert((await page.getByRole('textbox', { name: 'LinkedIn text' }).inputValue()).endsWith('Kept over the sign-in.'))
    await page.getByText('Saved', { exact: true }).waitFor()
  },
  async keyboard() {
    const page = await signedIn()
    await page.goto(`${address}/pipeline?state=generated`)
    await page.locator('a[id^=draft-]').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.getByRole('toolbar', { name: 'Selected drafts' }).waitFor()
    await page.keyboard.press('x')
    await page.keyboard.press('r')
    await page.getByText('1 draft: reviewed').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.keyboard.press('j')
    await page.keyboard.press('e')
    await page.waitForURL(/drafts\//)
    await page.getByRole('textbox').first().waitFor()
    const before = page.url()
    await page.keyboard.press('j')
    await page.waitForURL((url) => url.href !== before)
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill('runs')
    await page.keyboard.press('Enter')
    await page.waitForURL(/runs/)
  },
  async bulk() {
    const page = await signedIn()
    await page.goto(`${address}/pipeline?state=generated`)
    for (const index of [1, 2, 3]) await page.getByRole('checkbox').nth(index).check()
    await page.getByRole('button', { name: 'Mark reviewed' }).click()
    await page.getByText('3 drafts: reviewed').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: /Reviewed\s*0/ }).waitFor()
  },
  async drag() {
    const page = await signedIn()
    await page.goto(`${address}/pipeline?view=board`)
    const card = page.locator('article').first()
    await card.waitFor()
    const from = await card.boundingBox()
    const to = await page.getByRole('region', { name: /^Reviewed/ }).boundingBox()
    await page.mouse.move(from.x + 60, from.y + 90)
    await page.mouse.down()
    await page.mouse.move(from.x + 90, from.y + 100, { steps: 4 })
    await page.mouse.move(to.x + to.width / 2, to.y + 160, { steps: 12 })
    await page.mouse.up()
    await page.getByText('1 draft: reviewed').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('region', { name: 'Reviewed: 0' }).waitFor()
    const handle = page.getByRole('button', { name: /^Move with/ }).first()
    await handle.focus()
    await page.keyboard.press('ArrowRight')
    await page.getByText('1 draft: reviewed').waitFor()
    await page.getByRole('region', { name: 'Reviewed: 1' }).waitFor()
    await page.waitForFunction(() => document.activeElement.getAttribute('aria-label')?.startsWith('Move with') && document.activeElement.closest('section').ariaLabel.startsWith('Reviewed'))
    await page.keyboard.press('ArrowRight')
    await page.getByText('1 draft: ready').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('1 draft: ready').waitFor({ state: 'detached' })
  },
  async filters() {
    const page = await signedIn()
    await page.goto(`${address}/pipeline`)
    await page.locator('a[id^=draft-]').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('dashboard is')
    await page.waitForURL(/q=dashboard/)
    await page.getByRole('combobox', { name: 'Platform' }).selectOption('linkedin')
    await page.waitForURL(/platform=linkedin/)
    await page.reload()
    assert.equal(await page.getByRole('searchbox').inputValue(), 'dashboard is')
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.waitForURL((url) => !url.search.includes('q='))
  },
  async run() {
    const page = await signedIn()
    await page.getByRole('button', { name: 'Run now' }).first().click()
    await page.getByRole('dialog').getByRole('slider').fill('3')
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByRole('progressbar').waitFor()
    await page.waitForTimeout(500)
    if (process.env.OUT) await page.screenshot({ path: `${process.env.OUT}/running.png` })
    await page.getByText(/Done, /).waitFor({ timeout: 20000 })
    await page.getByRole('button', { name: 'My own idea' }).first().click()
    await page.getByLabel('The idea in a line').fill('Why we deleted half of our dashboards')
    await page.getByLabel('What should be said').fill('Nobody looked at them. We asked who would miss each one. Nine in ten stayed silent.')
    await page.getByRole('button', { name: 'Write it out' }).click()
    await page.getByRole('heading', { name: 'Why we deleted half of our dashboards' }).waitFor({ timeout: 15000 })
  },
}

let failed = 0
for (const [name, flow] of Object.entries(flows)) {
  if (only.length && !only.includes(name)) continue
  try {
    await flow()
    console.log(`ok   ${name}`)
  } catch (error) {
    failed++
    console.log(`FAIL ${name}: ${error.message.split('\n').slice(0, 6).join(' | ')}`)
    const page = browser.contexts().at(-1)?.pages()[0]
    if (process.env.OUT) await page?.screenshot({ path: `${process.env.OUT}/fail-${name}.png` }).catch(() => undefined)
  }
  for (const context of browser.contexts()) await context.close()
}
await browser.close()
process.exit(failed ? 1 : 0)
