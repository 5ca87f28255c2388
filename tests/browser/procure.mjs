// A framework procured, clicked through in a real browser: a tender is drafted, published under a decision, bid for, opened by two
// councils, judged, awarded and signed. Once with JavaScript and once without it, each on a world of its own.
//
// Usage: node tests/browser/procure.mjs PROGRAM POSTCODES ADDRESS-OF-DATABASE on|off

import { mkdirSync } from 'node:fs'
import { Site } from './site.mjs'

const shots = process.env.SHOTS ?? 'tests/browser/shots'
mkdirSync(shots, { recursive: true })

const MINUTE = 60_000
const DAY = 1_440 * MINUTE
const COUNCILS = ['Nottingham City Council', 'Derby City Council', 'Derbyshire County Council', 'Nottinghamshire County Council']
const [LEAD, PARTNER] = COUNCILS
const inDays = (days) => new Date(Date.now() + days * DAY)
/// The day and the time of a moment as a clock on a wall in England shows them.
const wall = (at) => {
  const parts = Object.fromEntries(new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/London', hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' }).formatToParts(at).map((part) => [part.type, part.value]))
  return { day: `${parts.year}-${parts.month}-${parts.day}`, time: `${parts.hour}:${parts.minute}` }
}
const expect = (holds, text) => { if (!holds) throw new Error(text) }
const passphrase = (council) => `kettle gravel ${council} lantern`

/// What the council asks of bidders.
const QUESTIONS = [
  { title: 'Care that fits the child', text: 'How do you come to know what a child needs, and act on it?', words_at_most: '500', weight_percent: '35', scale_max: '5', at_least: '2' },
  { title: 'Near home', text: 'How do you help children to stay in touch with family and school?', words_at_most: '300', weight_percent: '25', scale_max: '5', at_least: '' },
]

/// By which rules; the periods are none, so that a test can wait for them.
const RULES = {
  price_weight_percent: '40', evaluators_at_least: '3', councils_at_least: '2', window_minutes: '30', standstill_days: '8',
  days_at_least: '0', days_after_planned_notice: '0', days_after_answers: '0',
  declarations: 'No ground for exclusion applies to us.\nWe accept the terms.', insurances: 'Public liability: 5000000',
  price_formula: 'LOWEST_IN_PROPORTION', standstill_kind: 'VOLUNTARY', stops: null,
}

/// One framework's way from the decision to the signature.
class Procurement {
  constructor (site, javaScriptEnabled) {
    Object.assign(this, { site, javaScriptEnabled, people: new Map() })
  }

  /// The person in this post; they sign in when they are needed first.
  async the (role, organisation = LEAD, how = {}) {
    const key = `${role} ${organisation}`
    if (!this.people.has(key)) this.people.set(key, await this.site.signIn(role, organisation, { javaScriptEnabled: this.javaScriptEnabled, ...how }))
    return this.people.get(key)
  }

  async shoot (person, name) {
    await person.page.screenshot({ path: `${shots}/procure-${name}-${this.javaScriptEnabled ? 'on' : 'off'}.png`, fullPage: true })
  }

  async walk () {
    for (const part of ['draft', 'publish', 'open']) {
      await this[part]()
      console.log(`  ${part}: ${this.told ?? ''}`)
    }
    for (const person of this.people.values()) await person.context.close()
  }

  /// The tender page by page, with mistakes on the way.
  async draft () {
    const officer = await this.the('CONTRACT_OFFICER')
    await officer.go('/decisions')
    await officer.reads('D2N2 children in care: frameworks for independent fostering and independent children’s homes')
    await officer.go('/tenders')
    await officer.follow('Start a tender')
    const questions = wall(new Date(Date.now() + MINUTE * 2))
    this.deadline = new Date(Math.ceil((Date.now() + MINUTE * 3) / MINUTE) * MINUTE)
    const deadline = wall(this.deadline)
    const about = {
      like: 'CCS072', reference: 'CCS072', title: 'Children’s homes for D2N2, next award', description: 'Homes near the people that children know',
      cpv: '85000000', area: 'UKF1', terms_version: '2027-1', starts_on: inDays(200), ends_on: inDays(1_500),
      questions_until: questions.day, questions_until_time: questions.time, answers_by: deadline.day, deadline: deadline.day, deadline_time: deadline.time,
    }
    await officer.fill({ ...about, deadline_time: 'noon' })
    await officer.press('Start the tender', { isRefused: true })
    await officer.isTold('is not a time', 'deadline_time', { title: about.title, deadline_time: 'noon' })
    await officer.fill(about)
    await officer.press('Start the tender')
    this.tender = officer.path
    await officer.reads('Draft', about.title, 'The weights of lot')
    await officer.follow('Rules of the tender')
    await officer.fill(RULES)
    await officer.press('Save')
    for (const question of QUESTIONS) {
      await officer.go(`${this.tender}/quality`)
      await officer.follow('Add a question')
      await officer.fill({ ...question, lots: [] }, '')
      await officer.press('Save')
    }
    await officer.go(`${this.tender}/draft/maxima`)
    await this.shoot(officer, 'maxima')
    await officer.press('Save')
    await officer.reads('Nothing is missing.')
    await this.shoot(officer, 'draft')
    this.told = this.tender
  }

  /// No publication without opening officers; then everybody reads it.
  async publish () {
    const officer = await this.the('CONTRACT_OFFICER')
    await officer.follow('Publish')
    await officer.fill({ had_planned_notice: 'no' })
    await officer.press('Publish the tender', { isRefused: true })
    await officer.reads('has no opening officer yet')
    for (const council of COUNCILS) {
      const opener = await this.the('CONTRACT_OFFICER', council)
      await opener.go('/opening-key')
      await opener.page.locator('#passphrase').fill(passphrase(council))
      await opener.page.locator('#again').fill('something else')
      if (council === LEAD) {
        await opener.press('Make my opening key', { isRefused: true })
        await opener.isTold('Enter the same passphrase twice', 'again', { passphrase: '' })
        await opener.page.locator('#passphrase').fill(passphrase(council))
      }
      await opener.page.locator('#again').fill(passphrase(council))
      await opener.press('Make my opening key')
      await opener.reads('Your opening key was made.', 'age1')
    }
    await officer.go(`${this.tender}/publish`)
    await officer.fill({ had_planned_notice: 'no' })
    await officer.press('Publish the tender')
    await officer.reads('Open for bids', 'left by our clock')
    await this.shoot(officer, 'published')
    const director = await this.the('DIRECTOR', PARTNER)
    await director.go(this.tender)
    await director.reads('Open for bids')
    this.told = `bids until ${this.deadline.toISOString()}`
  }

  /// One council alone opens nothing, two do.
  async open () {
    const [first, second] = [await this.the('CONTRACT_OFFICER', PARTNER), await this.the('CONTRACT_OFFICER', COUNCILS[2])]
    await first.go(`${this.tender}/opening`)
    await first.reads('Told after the deadline', 'Nobody has tried yet.')
    await first.go(`${this.tender}/open/QUALITY`)
    await first.page.locator('#passphrase').fill(passphrase(PARTNER))
    await first.press('Take part', { isRefused: true })
    await first.reads('the deadline for bids has not passed')
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, this.deadline - Date.now() + 1_500)))
    await first.go(`${this.tender}/open/QUALITY`)
    await first.page.locator('#passphrase').fill('not their passphrase at all')
    await first.press('Take part', { isRefused: true })
    await first.isTold('This is not the passphrase of your opening key', 'passphrase', { passphrase: '' })
    await first.page.locator('#passphrase').fill(passphrase(PARTNER))
    await first.press('Take part')
    await first.reads('Your council has taken part.', 'Waits for an officer of one more council', 'No bid has been opened yet.')
    await second.go(`${this.tender}/open/QUALITY`)
    await second.page.locator('#passphrase').fill(passphrase(COUNCILS[2]))
    await second.press('Take part')
    await second.reads('The envelopes were opened.', 'Sealed until the quality scores are locked')
    await this.shoot(second, 'opening')
    this.told = 'two councils of four'
  }
}

const [program, postcodes, database, scripts] = process.argv.slice(2)
const site = await Site.open([program, postcodes, database])
try {
  console.log(`A framework is procured, JavaScript ${scripts}`)
  await new Procurement(site, scripts === 'on').walk()
} catch (error) {
  site.fault(error.stack)
} finally {
  await site.close()
}
console.log(`procurement: ${site.looked} pages looked at, ${site.faults} faults`)
process.exit(site.faults === 0 ? 0 : 1)
