// Signs in as each role of a sample world in a real browser, with and without JavaScript, visits every page to which the
// navigation and the lists lead, and lets axe look at each. Screenshots go to the folder named by SHOTS.
//
// Usage: node tests/browser/visit.mjs PROGRAM POSTCODES ADDRESS-OF-DATABASE

import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const [program, postcodes, database] = process.argv.slice(2)
const shots = process.env.SHOTS ?? 'tests/browser/shots'
mkdirSync(shots, { recursive: true })
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const run = (...words) => execFileSync(program, ['--database', database, '--postcodes', postcodes, ...words], { encoding: 'utf8' })

const { password, accounts } = JSON.parse(run('accounts', '--json'))
const council = 'Nottingham City Council'
const account = (role) => accounts.find((one) => one.role === role && (one.organisation === council || role.startsWith('RE') || role.startsWith('PROVIDER')))

const server = spawn(program, ['--database', database, 'serve', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] })
const site = await new Promise((resolve, reject) => {
  server.stdout.on('data', (text) => { const found = /Nearhome on (http:\S+)/.exec(text); if (found) resolve(found[1]) })
  server.on('exit', () => reject(new Error('the server did not start')))
})

// A code works once, and the story has just used the present ones: wait for the next.
const STEP = 30_000
await new Promise((resolve) => setTimeout(resolve, STEP + 500 - (Date.now() % STEP)))

let faults = 0
let visited = 0
const fault = (text) => { faults += 1; console.error(`FAULT ${text}`) }

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})

async function look (page, role, javaScriptEnabled) {
  visited += 1
  if (javaScriptEnabled) {
    const found = await page.evaluate(`${axe}; axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }).then((r) => r.violations.map((v) => v.id + ': ' + v.nodes[0].html))`)
    found.forEach((violation) => fault(`${role} ${page.url()} ${violation}`))
  }
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1)
  if (sideways) fault(`${role} ${page.url()} scrolls sideways`)
}

async function visitAs (role, javaScriptEnabled, width) {
  const who = account(role)
  const context = await browser.newContext({ javaScriptEnabled, viewport: { width, height: 900 } })
  const page = await context.newPage()
  page.on('console', (message) => { if (message.type() === 'error') fault(`${role} ${page.url()} console: ${message.text()}`) })
  await page.goto(`${site}/sign-in`)
  await look(page, role, javaScriptEnabled)
  await page.getByLabel('Email', { exact: false }).fill(who.email)
  await page.locator('input[type=password]').fill(password)
  await page.locator('main button[type=submit]').first().click()
  if (!(await page.locator('main input[name=code]').count())) return fault(`${role} ${page.url()} asks for no code: ${await page.locator('main').innerText()}`)
  await page.locator('main input[name=code]').fill(run('code', who.email).trim())
  await page.locator('main button[type=submit]').first().click()
  await page.waitForLoadState()
  if (page.url().includes('sign-in')) return fault(`${role} could not sign in: ${page.url()}`)
  const seen = new Set()
  const links = async () => page.$$eval('nav a[href^="/"], main a[href^="/"]', (all) => all.map((one) => one.getAttribute('href')))
  let waiting = await links()
  while (waiting.length > 0 && seen.size < 24) {
    const next = waiting.shift().split('#')[0]
    const kind = next.replace(/[0-9a-f-]{36}/g, 'ID')
    if (next === '' || seen.has(kind) || next.endsWith('/pdf')) continue
    seen.add(kind)
    const answer = await page.goto(site + next)
    if (answer.status() !== 200) { fault(`${role} ${next} answered ${answer.status()}`); continue }
    await look(page, role, javaScriptEnabled)
    if (javaScriptEnabled) await page.screenshot({ path: `${shots}/${role.toLowerCase()}${kind.replace(/[^a-zA-Z]+/g, '-')}${width}.png`, fullPage: true })
    waiting = waiting.concat(await links())
  }
  console.log(`${role} at ${width} px, JavaScript ${javaScriptEnabled ? 'on' : 'off'}: ${seen.size} pages`)
  await context.close()
}

try {
  const roles = ['SOCIAL_WORKER', 'PLACEMENT_OFFICER', 'DIRECTOR', 'HEAD_OF_CONTRACTING', 'REFERRALS_MANAGER', 'PROVIDER_SIGNATORY']
  for (const role of roles) await visitAs(role, true, role === 'REFERRALS_MANAGER' ? 360 : 1280)
  // A code works once, so the second round is by other roles' accounts.
  for (const role of ['TEAM_MANAGER', 'FINANCE_OFFICER', 'NOMINATED_OFFICER']) await visitAs(role, false, 1280)
} catch (error) {
  fault(error.stack)
} finally {
  await browser.close()
  server.kill('SIGTERM')
}
console.log(`browser: ${visited} pages looked at, ${faults} faults`)
process.exit(faults === 0 ? 0 : 1)
