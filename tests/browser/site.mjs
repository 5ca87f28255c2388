// A running Nearhome on a sample world, and people who work with it in a real browser. Every page that somebody comes to is
// looked at: axe (WCAG 2.2 AA), console errors, sideways scroll. A fault is counted and told, and the work goes on.

import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const STANDARD = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
/// A clock before PostgreSQL's own, which a test can move.
const SHIFTED_CLOCK = [
  'CREATE SCHEMA IF NOT EXISTS shifted',
  'CREATE TABLE IF NOT EXISTS shifted.by (microseconds bigint NOT NULL)',
  'DELETE FROM shifted.by',
  'INSERT INTO shifted.by VALUES (0)',
  `CREATE OR REPLACE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE SECURITY DEFINER AS
   'SELECT pg_catalog.clock_timestamp() + microseconds * interval ''1 microsecond'' FROM shifted.by'`,
  'GRANT USAGE ON SCHEMA shifted TO PUBLIC',
]
/// How long the code of an authenticator app holds.
const STEP = 30_000

export class Site {
  faults = 0
  looked = 0
  #usedCodes = new Set()

  /// Starts a server on the database, and a browser. Arguments as on the command line: program, postcodes, address of the database.
  /// `travels`: the clock can be moved.
  static async open ([program, postcodes, database], { travels = false } = {}) {
    const site = new Site()
    if (travels && database.startsWith('postgres')) {
      const plain = database
      site.sql = (text) => execFileSync('psql', ['--quiet', plain, '--command', text])
      SHIFTED_CLOCK.forEach(site.sql)
      database += '?options[search_path]=shifted,pg_catalog,public'
    }
    site.command = [program, '--database', database, '--postcodes', postcodes]
    Object.assign(site, JSON.parse(site.run('accounts', '--json')))
    await site.#serve()
    site.browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: QUIET })
    // Whoever signed in before us may have used the present codes.
    await site.nextCodes()
    return site
  }

  /// Runs the program as on the command line, at the time at which the site is.
  run (...words) {
    const [program, ...rest] = this.#timed([...this.command, ...words])
    return execFileSync(program, rest, { encoding: 'utf8', env: this.environment })
  }

  /// How far the site's clock is ahead of the machine's, in milliseconds: whole steps of an authenticator's code.
  ahead = 0

  get environment () { return { ...process.env, DONT_FAKE_MONOTONIC: '1' } }

  #timed (words) { return this.ahead ? ['faketime', '-m', '-f', `+${this.ahead / 1000}s`, ...words] : words }

  async #serve () {
    const [program, ...rest] = this.#timed([...this.command, 'serve', '--listen', '127.0.0.1:0'])
    // A group of its own: what moves the clock runs the server as its child, and both are stopped.
    this.server = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'], env: this.environment, detached: true })
    this.address = await new Promise((resolve, reject) => {
      this.server.stdout.on('data', (text) => { const found = /Nearhome on (http:\S+)/.exec(text); if (found) resolve(found[1]) })
      this.server.on('exit', () => reject(new Error('the server did not start')))
    })
  }

  #stop (signal) {
    if (this.server.exitCode === null && this.server.signalCode === null) process.kill(-this.server.pid, signal)
  }

  /// What the site's clock shows.
  get now () { return Date.now() + this.ahead }

  /// Starts the server again, with its clock so far ahead of the machine's that it shows this moment or up to half a minute before.
  /// PostgreSQL's clock, by which its servers judge deadlines, goes with it.
  async travel (moment) {
    this.ahead = Math.max(this.ahead, Math.floor((moment - Date.now()) / STEP) * STEP)
    this.sql?.(`UPDATE shifted.by SET microseconds = ${this.ahead * 1000}`)
    const gone = new Promise((resolve) => this.server.on('exit', resolve))
    this.#stop('SIGTERM')
    const late = setTimeout(() => this.#stop('SIGKILL'), 5_000)
    await gone
    clearTimeout(late)
    await this.#serve()
  }

  async nextCodes () {
    await new Promise((resolve) => setTimeout(resolve, STEP + 500 - (Date.now() % STEP)))
  }

  /// What the authenticator app shows; a code works once.
  async code (email) {
    const shown = () => `${email} ${this.run('code', email).trim()}`
    if (this.#usedCodes.has(shown())) await this.nextCodes()
    const code = shown()
    this.#usedCodes.add(code)
    return code.split(' ')[1]
  }

  fault (text) {
    this.faults += 1
    console.error(`FAULT ${text}`)
  }

  /// Somebody with this role in this organisation, signed in with password and code.
  async signIn (role, organisation, how = {}) {
    const account = this.accounts.find((one) => one.role === role && (!organisation || one.organisation === organisation))
    if (!account) throw new Error(`the sample world has no account as ${role} of ${organisation}`)
    return this.signInAs(account, how)
  }

  /// This account, signed in with password and code.
  async signInAs (account, how = {}) {
    const person = await Person.arrive(this, account, how)
    await person.go('/sign-in')
    await person.page.getByLabel('Email address').fill(account.email)
    await person.page.locator('main input[type=password]').fill(this.password)
    await person.press('Continue')
    await person.page.locator('main input[name=code]').fill(await this.code(account.email))
    await person.press('Sign in')
    if (person.path.startsWith('/sign-in')) throw new Error(`${person} could not sign in: ${await person.words()}`)
    return person
  }

  async close () {
    await this.browser?.close()
    this.#stop('SIGTERM')
  }
}

export class Person {
  /// All that this person was ever shown, as the browser holds it.
  served = []
  #refused = false

  static async arrive (site, account, { javaScriptEnabled = true, width = 1280, height = 900 }) {
    const isPhone = width < 500
    const context = await site.browser.newContext({ javaScriptEnabled, viewport: { width, height }, isMobile: isPhone, hasTouch: isPhone })
    context.setDefaultTimeout(15_000)
    const person = Object.assign(new Person(), { site, account, context, page: await context.newPage(), hasScripts: javaScriptEnabled })
    person.page.on('pageerror', (error) => site.fault(`${person} ${person.path} script: ${error.message}`))
    person.page.on('console', (message) => {
      // The browser calls a page that names a mistake an error; that one is meant.
      const isMeant = person.#refused && message.text().startsWith('Failed to load resource')
      if (message.type() === 'error' && !isMeant) site.fault(`${person} ${person.path} console: ${message.text()}`)
    })
    return person
  }

  toString () { return `${this.account.role} of ${this.account.organisation}` }

  get path () { return new URL(this.page.url()).pathname }

  /// Opens an address; another answer than the one that is meant is a fault.
  async go (path, status = 200) {
    this.#refused = status >= 400
    const answer = await this.page.goto(this.site.address + path)
    if (answer.status() !== status) this.site.fault(`${this} ${path} answered ${answer.status()}, not ${status}`)
    await this.look()
    this.#refused = false
    return answer.status() === status
  }

  /// Sends the form whose button says this. `isRefused`: the answer is the form again, with what is wrong.
  async press (text, { isRefused = false } = {}) {
    this.#refused = isRefused
    await this.#arriveBy(this.page.locator('main').getByRole('button', { name: text, exact: true }))
    this.#refused = false
  }

  /// Follows the link that says this.
  async follow (text, within = this.page.locator('main')) {
    await this.#arriveBy(within.getByRole('link', { name: text, exact: true }).or(within.getByRole('button', { name: text, exact: true })).first())
  }

  async #arriveBy (target) {
    const loaded = this.page.waitForNavigation({ waitUntil: 'load', timeout: 30_000 })
    try {
      await Promise.all([loaded, target.click()])
    } catch (error) {
      throw new Error(`${this} at ${this.path} cannot go on: ${error.message.split('\n')[0]}; the page says: ${await this.words()}`)
    }
    await this.look()
  }

  async look () {
    const { site, page } = this
    site.looked += 1
    this.served.push(await page.content())
    // Without scripts axe cannot run either; whoever walks the same way with them has it on every page.
    const found = !this.hasScripts ? [] : await page.evaluate(`${axe}; axe.run(document, { runOnly: ${JSON.stringify(STANDARD)} }).then((r) => r.violations.map((v) => v.id + ': ' + v.nodes[0].html))`)
    found.forEach((violation) => site.fault(`${this} ${this.path} ${violation}`))
    const isSideways = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1)
    if (isSideways) site.fault(`${this} ${this.path} scrolls sideways`)
  }

  /// What the main part of the page says.
  async words () { return (await this.page.locator('main').innerText()).replace(/[ \u00a0\t]+/g, ' ') }

  /// Each of these must stand on the page.
  async reads (...texts) {
    const words = await this.words()
    for (const text of texts) {
      const stands = text instanceof RegExp ? text.test(words) : words.includes(text)
      if (!stands) throw new Error(`${this} at ${this.path} does not read ${text}, but: ${words}`)
    }
    return words
  }

  /// The text beside a term of a list of facts.
  async fact (term) {
    const row = this.page.locator('main dl > div, main tr').filter({ has: this.page.locator('dt', { hasText: new RegExp(`^\\s*${term}\\s*$`) }) }).first()
    return (await row.locator('dd').first().innerText()).trim()
  }

  /// Answers every question of the form: by name what `answers` says (an array ticks boxes, a Date goes into its three inputs,
  /// `null` leaves it), else the first option, 0, or `others`. Amounts of money and boxes stay empty unless named.
  async fill (answers, others) {
    for (const input of await this.page.$$eval('main form [name]', questions)) {
      const { name, kind } = input
      const [, base, part] = /^(.*)-(day|month|year)$/.exec(name) ?? [null, name, null]
      const answer = answers[base]
      if (answer === null) continue
      const field = this.page.locator(`main form [name="${name}"]`)
      if (part) await field.fill(partOf(answer ?? answers.anyDay, part))
      else if (kind === 'radio') await this.page.locator(`main form [name="${name}"][value="${answer ?? input.first}"]`).check()
      else if (kind === 'checkbox') for (const value of answer ?? []) await this.page.locator(`main form [name="${name}"][value="${value}"]`).check()
      else if (kind === 'select') await field.selectOption(answer ?? input.first)
      else if (kind === 'amount') await field.fill(answer ?? '')
      else await field.fill(String(answer ?? (kind === 'number' ? 0 : others)))
    }
  }

  /// The form came back: the summary and the field say what is wrong, and everything else stands as it was typed.
  async isTold (message, name, kept) {
    const { page, site } = this
    const summary = await page.locator('.govuk-error-summary').innerText()
    if (!summary.includes('There is a problem') || !summary.includes(message)) site.fault(`${this} ${this.path} the summary says: ${summary}`)
    const beside = page.locator(`#${name}-error`)
    if (!(await beside.count()) || !(await beside.innerText()).includes(message)) site.fault(`${this} ${this.path} nothing beside ${name} says: ${message}`)
    if (!(await page.title()).startsWith('Error: ')) site.fault(`${this} ${this.path} the title does not say that there is an error`)
    const target = await page.locator('.govuk-error-summary a').first().getAttribute('href')
    if (!(await page.locator(target).count())) site.fault(`${this} ${this.path} the summary leads nowhere: ${target}`)
    for (const [input, typed] of Object.entries(kept)) {
      const stands = await page.locator(`main form [name="${input}"]`).first().inputValue()
      if (stands !== typed) site.fault(`${this} ${this.path} lost what was typed into ${input}: ${stands}`)
    }
  }
}

/// The questions of a form as the page holds them: name, kind, first option. (Runs in the page.)
function questions (inputs) {
  const seen = new Map()
  for (const input of inputs) {
    const { name, type, tagName } = input
    if (type === 'hidden' || tagName === 'BUTTON' || seen.has(name)) continue
    const kind = tagName === 'SELECT' ? 'select' : type === 'radio' || type === 'checkbox' ? type : { decimal: 'amount', numeric: 'number' }[input.inputMode] ?? 'text'
    const first = kind === 'select' ? [...input.options].map((option) => option.value).find((value) => value !== '') : input.value
    seen.set(name, { name, kind, first })
  }
  return [...seen.values()]
}

function partOf (day, part) {
  if (typeof day === 'string') return day.split('-')[['year', 'month', 'day'].indexOf(part)]
  return String({ day: day.getUTCDate(), month: day.getUTCMonth() + 1, year: day.getUTCFullYear() }[part])
}
