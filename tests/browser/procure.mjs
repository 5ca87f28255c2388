// A framework procured, clicked through in a real browser: a tender is drafted, published under a decision, bid for, opened by two
// councils, judged, awarded and signed. Once with JavaScript and once without it, each on a world of its own.
//
// Usage: node tests/browser/procure.mjs PROGRAM POSTCODES ADDRESS-OF-DATABASE on|off

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Encrypter, armor } from 'age-encryption'
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

/// The smallest PDF that is one.
const PDF = Buffer.from('%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<< /Size 2 /Root 1 0 R >>\nstartxref\n44\n%%EOF\n')
const LOT = 'R1'
const CATEGORY = 'R-STD'
/// The published maximum of the category, a week.
const MAXIMUM = 6_800

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
    for (const part of ['draft', 'publish', 'ask', 'bid', 'close', 'open', 'judge', 'decide', 'award', 'sign', 'keep', 'exercise', 'tell']) {
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
    const questions = wall(new Date(Date.now() + MINUTE * 50))
    this.deadline = new Date(Math.ceil((Date.now() + MINUTE * 60) / MINUTE) * MINUTE)
    const deadline = wall(this.deadline)
    const about = {
      like: 'CCS072', reference: 'CCS072', title: 'Children’s homes for D2N2, next award', description: 'Homes near the people that children know',
      cpv: '85000000', area: 'UKF1', terms_version: '2027-1', starts_on: inDays(200), ends_on: '2034-03-31',
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
    const early = await this.the('CONTRACT_OFFICER', PARTNER)
    await early.go(`${this.tender}/opening`)
    await early.reads('Told after the deadline', 'Nobody has tried yet.')
    await early.go(`${this.tender}/open/QUALITY`)
    await early.page.locator('#passphrase').fill(passphrase(PARTNER))
    await early.press('Take part', { isRefused: true })
    await early.reads('The deadline for bids has not passed')
    const director = await this.the('DIRECTOR', PARTNER)
    await director.go(this.tender)
    await director.reads('Open for bids')
    this.told = `bids until ${this.deadline.toISOString()}`
  }

  /// A bidder asks; everybody is told the answer, and nobody who asked.
  async ask () {
    const organisations = this.site.accounts.filter((account) => account.role === 'PROVIDER_SIGNATORY').map((account) => account.organisation)
    expect(organisations.length === 6, `six providers have accounts, not ${organisations.length}`)
    this.bidders = organisations.map((organisation) => ({ organisation }))
    const [asker, other] = [await this.the('REFERRALS_MANAGER', organisations[0]), await this.the('REFERRALS_MANAGER', organisations[1])]
    const questions = `${this.tender}/questions`
    await asker.go(`${questions}/ask`)
    await asker.press('Send the question', { isRefused: true })
    await asker.isTold('Enter your question', 'text', {})
    await asker.fill({ text: `May ${organisations[0]} open another home in the second year?` })
    await asker.press('Send the question')
    await asker.reads('Waits for an answer')
    await other.go(questions)
    expect(!(await other.words()).includes('another home'), 'a question is between its asker and the council')
    const officer = await this.the('CONTRACT_OFFICER')
    await officer.go(`${questions}/answer`)
    const question = await officer.page.locator('main input[name=questions]').first().getAttribute('value')
    await officer.fill({ questions: [question], question: 'May a provider add homes later?', text: 'Yes, whenever the framework is opened again.' })
    await officer.press('Answer to all bidders')
    await other.go(questions)
    const told = await other.reads('May a provider add homes later?', 'Yes, whenever the framework is opened again.')
    expect(!told.includes(organisations[0]), 'nobody is told who asked')
    await this.shoot(other, 'answers')
    await this.notices()
    this.told = 'answered to all'
  }

  /// Publishes every notice that is due and lacks nothing.
  async notices () {
    const officer = await this.the('CONTRACT_OFFICER')
    for (let left = 10; left > 0; left -= 1) {
      await officer.go(`${this.tender}/notices`)
      if (!(await officer.page.locator('main').getByRole('link', { name: 'Publish a notice' }).or(officer.page.locator('main').getByRole('button', { name: 'Publish a notice' })).count())) break
      await officer.go(`${this.tender}/notices/publish`)
      await officer.fill({})
      await officer.press('Publish')
    }
    await this.shoot(officer, 'notices')
  }

  /// What registers say of the suppliers, the last notices, and everything that is published as files that the public's checkers read.
  async tell () {
    const officer = await this.the('CONTRACT_OFFICER')
    await officer.go(`${this.tender}/notices/supplier`)
    const suppliers = await officer.page.$$eval('main input[name=supplier]', (inputs) => inputs.map((input) => input.value))
    for (const supplier of suppliers) {
      await officer.go(`${this.tender}/notices/supplier`)
      await officer.fill({ supplier, register_number: '01234567', charity_number: '', is_small: 'yes', is_voluntary: 'no' })
      await officer.press('Keep it on record')
    }
    await this.notices()
    const folder = mkdtempSync(join(tmpdir(), 'nearhome-'))
    this.site.run('export', 'ocds', '--out', folder)
    const register = join(folder, 'contracts.csv')
    this.site.run('export', 'contracts-register', '--out', register)
    const shared = process.env.NEARHOME_SHARED ?? '../shared'
    if (!existsSync(`${shared}/tools/ocds-check`)) {
      this.told = 'SKIPPED: what was published is not checked from outside, since ../shared is not there'
      return
    }
    const said = execFileSync(join(process.cwd(), shared, 'tools/ocds-check'), ['releases.json', 'records.json'], { cwd: folder, encoding: 'utf8' })
    expect(said.match(/validation errors: 0/g)?.length === 2, `ocds-check says: ${said}`)
    execFileSync('python3', [`${shared}/tools/lgtc_csv_check.py`, `${shared}/ocds/bundle/lga/contracts.json`, register], { encoding: 'utf8' })
    this.told = said.split('\n').filter((line) => line.includes('errors')).join('; ')
  }

  /// Six providers bid: one is told that its price equals the maximum, one seals its prices itself and asks for more than that, one home
  /// is judged inadequate afterwards, and one provider writes but does not submit in time.
  async bid () {
    const [careful, near, over, judged, late, other] = this.bidders
    this.kinds = { careful, near, over, judged, late, other }
    this.here = `/bids/${this.tender.split('/').pop()}/${LOT}`
    await this.upload(careful)
    await this.write(careful, MAXIMUM * 0.8)
    await this.submit(careful)
    await this.write(near, MAXIMUM)
    await this.write(near, MAXIMUM * 0.9, ['prices'])
    await this.submit(near)
    await this.write(over, null)
    await this.submitSealed(over, MAXIMUM + 1)
    for (const one of [judged, other]) {
      await this.write(one, MAXIMUM * 0.85)
      await this.submit(one)
    }
    await this.submit(other, 2)
    await this.write(late, MAXIMUM * 0.7)
    const stranger = await this.the('REFERRALS_MANAGER', other.organisation)
    await stranger.go(careful.receipt, 404)
    const officer = await this.the('CONTRACT_OFFICER')
    await officer.go(this.here, 403)
    await officer.go(`${this.tender}/opening`)
    expect(!(await officer.words()).includes(careful.organisation), 'nobody learns before the deadline who bids')
    this.told = 'five bids, a sixth is written'
  }

  /// A file, after two that nobody could use.
  async upload (bidder) {
    const writer = await this.the('REFERRALS_MANAGER', bidder.organisation)
    for (const [name, buffer, told] of [['empty.pdf', Buffer.alloc(0), 'The selected file is empty'], ['notes.pdf', Buffer.from('words'), 'must be a PDF'], ['Policy.pdf', PDF]]) {
      await writer.go('/papers/upload')
      await writer.page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/pdf', buffer })
      await writer.press('Upload the file', { isRefused: Boolean(told) })
      if (told) await writer.isTold(told, 'file', {})
    }
    await writer.reads('Policy.pdf')
    bidder.papers = await writer.page.locator('main a', { hasText: 'Policy.pdf' }).first().getAttribute('href').then((path) => [path.split('/').pop()])
  }

  /// Writes a bid page by page, at a price for one home. At the maximum the form says so, and keeps what was typed.
  async write (bidder, price, parts = ['services', 'declarations', 'profile', 'answers', 'prices', 'files']) {
    const writer = await this.the('REFERRALS_MANAGER', bidder.organisation)
    for (const part of parts) {
      await writer.go(`${this.here}/write/${part}`)
      if (part === 'services') bidder.home = await writer.page.$$eval('main .govuk-checkboxes__item', (items) => items.map((item) => ({ id: item.querySelector('input').value, name: item.querySelector('label').innerText.trim(), about: item.innerText })).find((home) => /good|outstanding/.test(home.about)))
      const addenda = part === 'declarations' ? await writer.page.$$eval('main input[name=addenda]', (inputs) => inputs.map((input) => input.value)) : []
      const answers = {
        addenda,
        services: [bidder.home.id], 'declared-0': ['yes'], 'declared-1': ['yes'], provider_name: bidder.organisation, company_number: '01234567',
        'insurance-0-amount': '5,000,000', 'insurance-0-until': inDays(700), papers: part === 'profile' ? bidder.papers : [],
      }
      const field = `price-${bidder.home.id}-${CATEGORY}`
      const isEqual = part === 'prices' && price === MAXIMUM
      if (part === 'prices' && price) answers[field] = price.toFixed(2)
      await writer.fill(answers, `We listen to children, and ${bidder.organisation} acts on what they say.`)
      if (part === 'prices' && !price) continue
      await writer.press('Save and continue', { isRefused: isEqual })
      if (isEqual) await writer.isTold('below the published maximum', field, { [field]: MAXIMUM.toFixed(2) })
    }
    await writer.go(this.here)
    await this.shoot(writer, `bid-${this.bidders.indexOf(bidder)}`)
  }

  /// A signatory checks and submits; whoever wrote it may not.
  async submit (bidder, number = 1) {
    const signatory = await this.the('PROVIDER_SIGNATORY', bidder.organisation)
    await signatory.go(`${this.here}/check`)
    await signatory.press(`Submit your bid for lot ${LOT}`)
    await signatory.reads('Nearhome bid receipt', `number ${number}`, 'sha256')
    bidder.receipt = signatory.path
    await this.shoot(signatory, 'receipt')
  }

  /// A bidder seals its prices on its own computer: nobody can check them before they are opened.
  async submitSealed (bidder, price) {
    const signatory = await this.the('PROVIDER_SIGNATORY', bidder.organisation)
    await signatory.go(this.here)
    await signatory.follow('Submit with prices you sealed yourself')
    const key = /age1[a-z0-9]+/.exec(await signatory.words())[0]
    await signatory.page.locator('#sealed_price').fill('4,750.00')
    await signatory.press('Submit with these prices', { isRefused: true })
    await signatory.isTold('Paste all of the text that age made', 'sealed_price', { sealed_price: '4,750.00' })
    await this.shoot(signatory, 'own-price')
    const encrypter = new Encrypter()
    encrypter.addRecipient(key)
    const sealed = await encrypter.encrypt(JSON.stringify({ prices: [{ service: bidder.home.id, category: CATEGORY, weekly: price * 100 }] }))
    await signatory.page.locator('#sealed_price').fill(armor.encode(sealed))
    await signatory.press('Submit with these prices')
    await signatory.reads('Nearhome bid receipt', 'You sealed your prices yourselves')
  }

  /// The deadline passes while a signatory looks at the button. Then Ofsted publishes a judgement.
  async close () {
    await this.travelTo(this.deadline - 15_000)
    const { late, judged } = this.kinds
    const signatory = await this.the('PROVIDER_SIGNATORY', late.organisation)
    await signatory.go(`${this.here}/check`)
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, this.deadline - this.site.now + 800)))
    await signatory.press(`Submit your bid for lot ${LOT}`, { isRefused: true })
    await signatory.reads('no bid is taken after it')
    await this.shoot(signatory, 'late')
    await signatory.go(this.here)
    await signatory.reads('no bid of yours stands for this lot')
    await signatory.go(`${this.here}/check`)
    await signatory.reads(`${late.organisation} acts on what they say`)
    const urn = /URN (\S+),/.exec(judged.home.about)[1]
    const list = join(mkdtempSync(join(tmpdir(), 'nearhome-')), 'judgements.csv')
    const today = new Date(this.site.now).toLocaleDateString('en-GB')
    writeFileSync(list, `URN,Provision type,Local authority,Organisation which owns the provider,Sector,Registration status,Overall effectiveness,Inspection date\n${urn},Children's home,Nottingham,${judged.organisation},Private,Active,Inadequate,${today}\n`)
    const told = this.site.run('import', 'ofsted', list)
    expect(told.includes('1 changed'), `the judgement is taken: ${told}`)
    this.told = 'late by a second: refused'
  }

  /// Moves the clock. Who was signed in has long been idle.
  async travelTo (moment) {
    // A server that stops answers who is still connected first.
    for (const person of this.people.values()) await person.context.close()
    this.people.clear()
    await this.site.travel(moment)
  }

  /// One council alone opens nothing, two do.
  async open () {
    const [first, second] = [await this.the('CONTRACT_OFFICER', PARTNER), await this.the('CONTRACT_OFFICER', COUNCILS[2])]
    await first.go(`${this.tender}/opening`)
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
    for (const bidder of this.bidders) {
      const isListed = (await second.words()).includes(bidder.organisation)
      expect(isListed === (bidder !== this.kinds.late), `${bidder.organisation} is ${isListed ? '' : 'not '}among the opened bids`)
    }
    await this.shoot(second, 'opening')
    await second.go(`${this.tender}/open/PRICE`)
    await second.page.locator('#passphrase').fill(passphrase(COUNCILS[2]))
    await second.press('Take part', { isRefused: true })
    await second.reads('locked')
    this.told = 'two councils of four'
  }

  get evaluation () { return `${this.tender}/evaluation` }

  /// Three people score, each alone, after they declared; one declares a conflict; the officer writes down what they agree on.
  async judge () {
    const officer = await this.the('CONTRACT_OFFICER')
    await officer.go(this.evaluation)
    await officer.reads('Declare first whether you have a conflict of interest')
    const judges = [['PLACEMENT_OFFICER', LEAD], ['HEAD_OF_SERVICE', PARTNER], ['SOCIAL_WORKER', COUNCILS[2]], ['TEAM_MANAGER', COUNCILS[3]]]
    const email = ([role, organisation]) => this.site.accounts.find((one) => one.role === role && one.organisation === organisation).email
    await officer.go(`${this.evaluation}/name`)
    await officer.fill({ email: 'nobody@council.example' })
    await officer.press('Name the evaluator', { isRefused: true })
    await officer.isTold('somebody who works for one of the councils', 'email', { email: 'nobody@council.example' })
    for (const judge of judges) {
      await officer.go(`${this.evaluation}/name`)
      await officer.fill({ email: email(judge) })
      await officer.press('Name the evaluator')
    }
    await this.declare(officer)
    await officer.reads('Does not go on', 'the rating is Inadequate')
    const torn = await this.the(...judges.pop())
    await this.declare(torn, 'My brother works for one of them')
    await torn.reads('You declared a conflict of interest')
    for (const judge of judges) {
      const person = await this.the(...judge)
      await person.go(this.evaluation)
      expect(!(await person.words()).includes('Goes on'), 'no bid is shown before a declaration')
      await this.declare(person)
      for (const bid of await this.toScore(person)) await this.score(person, bid, judge === judges[0])
    }
    await officer.go(`${this.evaluation}/lock`)
    await officer.press('Lock the quality scores', { isRefused: true })
    await officer.reads('have no agreed score')
    for (const bid of await this.toScore(officer)) {
      await officer.go(bid)
      await this.fillScores(officer, 'agreed', 4)
      await officer.press('Save what was agreed')
    }
    await this.shoot(officer, 'agreed')
    await officer.go(`${this.evaluation}/lock`)
    await officer.press('Lock the quality scores')
    await officer.reads('Locked on')
    this.told = 'three scored, one declared a conflict'
  }

  async declare (person, conflict) {
    await person.go(this.evaluation)
    await person.follow('Declare conflicts of interest')
    await person.fill({ has_conflict: conflict ? 'yes' : 'no', words: conflict ?? '' })
    await person.press('Declare')
    await person.reads('Your declaration was recorded.')
  }

  /// The bids that go on, as links.
  async toScore (person) {
    await person.go(this.evaluation)
    return person.page.$$eval('main tr', (rows) => rows.filter((row) => row.innerText.includes('Goes on')).map((row) => row.querySelector('a').getAttribute('href')))
  }

  async fillScores (person, key, score) {
    const names = await person.page.$$eval(`main form [name^="${key}-"]`, (inputs) => inputs.map((input) => input.name))
    for (const name of names) {
      await person.page.locator(`main form [name="${name}"]`).fill(String(score))
      await person.page.locator(`main form [name="${name.replace(`${key}-`, 'reason-')}"]`).fill(`Worth ${score}: it says how, and who.`)
    }
    return names
  }

  async score (person, bid, withMistake) {
    await person.go(bid)
    if (withMistake) {
      const [first] = await this.fillScores(person, 'score', 9)
      await person.press('Save my scores', { isRefused: true })
      await person.isTold('A score is between 0 and 5', first, { [first]: '9' })
    }
    await this.fillScores(person, 'score', 3 + (bid.charCodeAt(bid.length - 1) % 2))
    await person.press('Save my scores')
    await person.reads('Your score was saved.')
    await this.shoot(person, 'scored')
  }

  /// The prices open; what is too dear or inadequate is not admitted, the rest is ranked with its reasons.
  async decide () {
    for (const council of [PARTNER, COUNCILS[2]]) {
      const opener = await this.the('CONTRACT_OFFICER', council)
      await opener.go(`${this.tender}/open/PRICE`)
      await opener.page.locator('#passphrase').fill(passphrase(council))
      await opener.press('Take part')
    }
    const officer = await this.the('CONTRACT_OFFICER')
    await officer.go(this.evaluation)
    await officer.reads('lowest price', '£6,801.00', 'the rating is Inadequate', 'Next change of places above')
    await this.shoot(officer, 'ranking')
    await officer.follow('Decide on each service')
    await officer.press('Record the outcomes')
    const words = await officer.reads('What becomes of each service', 'Admitted', 'Not admitted')
    expect(words.match(/\bAdmitted\b/g).length === 3, `three homes are admitted: ${words}`)
    await this.shoot(officer, 'outcomes')
    const evaluator = await this.the('PLACEMENT_OFFICER', LEAD)
    await evaluator.go(this.evaluation)
    expect(!(await evaluator.words()).includes('lowest price'), 'an evaluator sees no price')
    this.told = 'three of five admitted'
  }

  get awarding () { return `${this.tender}/award` }

  /// The award by the post to which it is delegated, after consultation; then each bidder is told, then the public.
  async award () {
    const [director, officer] = [await this.theDirector(), await this.the('CONTRACT_OFFICER')]
    await director.go(this.awarding)
    await director.reads('has not been consulted')
    await director.follow('Award the framework')
    await director.press('Award the framework', { isRefused: true })
    await director.reads('has not been consulted')
    await officer.go(`${this.awarding}/approve`, 403)
    await this.consult()
    const other = await this.the('HEAD_OF_CONTRACTING')
    await other.go(`${this.awarding}/approve`, 403)
    const partner = await this.the('DIRECTOR', PARTNER)
    await partner.go(this.awarding, 404)
    await director.go(`${this.awarding}/approve`)
    await director.press('Award the framework')
    await director.reads('Award Made')
    await this.shoot(director, 'awarded')
    await officer.go(`${this.awarding}/notice`)
    await officer.press('The notice was published today', { isRefused: true })
    await officer.reads('each bidder is told')
    await officer.go(`${this.awarding}/summaries`)
    await officer.press('Tell every bidder')
    await officer.go(`${this.awarding}/notice`)
    await officer.press('The notice was published today')
    this.standstill = /Last day of the standstill\s+(.*)/.exec(await officer.reads('Nobody can sign yet: the standstill lasts until'))[1]
    const { careful, over, judged, late } = this.kinds
    const results = [[careful, 'Admitted'], [over, 'Not admitted'], [judged, 'the rating is Inadequate'], [late, 'There is no result of a bid of yours yet']]
    for (const [bidder, words] of results) {
      const signatory = await this.the('PROVIDER_SIGNATORY', bidder.organisation)
      await signatory.go(`${this.tender}/result`)
      const told = await signatory.words()
      expect(told.toLowerCase().includes(words.toLowerCase()), `${bidder.organisation} reads ${words}, not: ${told}`)
      for (const competitor of this.bidders.filter((one) => one !== bidder)) expect(!told.includes(competitor.organisation), 'nobody reads of another’s bid')
      await this.shoot(signatory, `result-${this.bidders.indexOf(bidder)}`)
    }
    const signatory = await this.the('PROVIDER_SIGNATORY', careful.organisation)
    await signatory.go(`${this.tender}/result`)
    await signatory.press('Sign the agreement', { isRefused: true })
    await signatory.reads('The standstill lasts until')
    this.told = `standstill until ${this.standstill}`
  }

  /// The director who holds the post that the decision names; councils have more than one.
  async theDirector () {
    for (const account of this.site.accounts.filter((one) => one.role === 'DIRECTOR' && one.organisation === LEAD)) {
      const key = `DIRECTOR ${account.email}`
      if (!this.people.has(key)) this.people.set(key, await this.site.signInAs(account, { javaScriptEnabled: this.javaScriptEnabled }))
      const director = this.people.get(key)
      await director.go(this.awarding)
      if (!(await director.words()).includes('This is for the')) return director
    }
    throw new Error('nobody holds the post of the decision')
  }

  /// The portfolio holder is consulted, and the partners agree, each for itself.
  async consult () {
    const officer = await this.the('CONTRACT_OFFICER')
    await officer.go('/decisions')
    await officer.follow('D2N2 children in care: frameworks for independent fostering and independent children’s homes')
    this.decision = officer.path
    await officer.go(`${this.decision}/consultation`)
    await officer.fill({ about: 'CCS072', said_on: new Date(this.site.now) }, 'Agrees with the outcome')
    await officer.press(await officer.page.locator('main form button[type=submit]').first().innerText())
    for (const council of COUNCILS.slice(1)) {
      const partner = await this.the('CONTRACT_OFFICER', council)
      await partner.go(`${this.decision}/agree`)
      await partner.fill({ about: 'CCS072', said_on: new Date(this.site.now) }, 'We agree')
      await partner.press(await partner.page.locator('main form button[type=submit]').first().innerText())
    }
  }

  /// After the standstill: the provider signs, then the head of contracting, and nobody else.
  async sign () {
    await this.travelTo(this.site.now + 16 * DAY)
    const { careful } = this.kinds
    const head = await this.the('HEAD_OF_CONTRACTING')
    await head.go(`${this.awarding}/countersign`)
    const contract = await head.page.locator('main .govuk-radios__item', { hasText: careful.organisation }).locator('input').getAttribute('value')
    await head.fill({ contract })
    await head.press('Countersign', { isRefused: true })
    await head.reads('The provider signs first')
    const writer = await this.the('REFERRALS_MANAGER', careful.organisation)
    await writer.go(`${this.tender}/result`)
    expect(!(await writer.words()).includes('Sign the agreement'), 'who writes does not sign')
    const signatory = await this.the('PROVIDER_SIGNATORY', careful.organisation)
    await signatory.go(`${this.tender}/result`)
    await signatory.press('Sign the agreement')
    await signatory.reads('Waits for the council')
    const officer = await this.the('CONTRACT_OFFICER')
    await officer.go(`${this.awarding}/countersign`, 403)
    await head.go(`${this.awarding}/countersign`)
    await head.fill({ contract })
    await head.press('Countersign')
    await head.reads('Signed by both', 'Head of Contracting')
    await this.shoot(head, 'signed')
    this.told = `with ${careful.organisation}`
    this.contract = contract
  }

  /// What the signature put in force, and what follows for the agreement: a change, a suspension, its end.
  async keep () {
    const { careful } = this.kinds
    const [head, officer] = [await this.the('HEAD_OF_CONTRACTING'), await this.the('CONTRACT_OFFICER')]
    await officer.go('/frameworks')
    await officer.follow('How CCS072 stands')
    await officer.reads('Awarded again from', 'Next award due', 'Last day of the framework', 'Awarded', 'No exercise has been started under it.')
    await this.shoot(officer, 'framework')
    await officer.go(`${this.awarding}/vary`, 403)
    const { contract, awarding } = this
    const day = (days) => new Date(this.site.now + days * DAY)
    await head.go(`${awarding}/vary`)
    await head.fill({ contract, from: day(-2), what: 'Reports come every month' })
    await head.press('Record the change', { isRefused: true })
    await head.isTold('today or later', 'from', { what: 'Reports come every month' })
    await head.fill({ contract, from: day(0), what: 'Reports come every month' })
    await head.press('Record the change')
    await head.reads('Change 1 from')
    await head.go(`${awarding}/suspend`)
    await this.shoot(head, 'suspend')
    await head.fill({ contract, from: day(0), until: ' - - ', reason: 'A notice of Ofsted' })
    await head.press('Suspend the provider')
    await head.reads('Suspended')
    const signatory = await this.the('PROVIDER_SIGNATORY', careful.organisation)
    await signatory.go(`${this.tender}/result`)
    await signatory.reads('Suspended', 'A notice of Ofsted', 'Change 1 from')
    await this.print(signatory, `${this.tender}/result/letter.pdf`)
    await this.print(signatory, `${this.tender}/result/agreement.pdf`)
    await this.print(head, `${awarding}/agreement.pdf?contract=${contract}`)
    await this.print(officer, `${this.decision}/record.pdf`)
    await head.go(`${awarding}/lift`)
    await head.fill({ contract, reason: 'The notice was withdrawn' })
    await head.press('Lift the suspension')
    await head.reads('Signed by both')
    await this.shoot(head, 'kept')
    this.told = 'changed, suspended, resumed'
  }

  /// A paper arrives as a PDF.
  async print (person, path) {
    const answer = await person.page.request.get(this.site.address + path)
    const body = await answer.body()
    expect(answer.status() === 200 && body.subarray(0, 5).toString() === '%PDF-', `${person} ${path} answered ${answer.status()} and no PDF`)
  }

  /// A block of homes under the framework: what is missing is told at its field, and what was typed stays.
  async exercise () {
    const officer = await this.the('CONTRACT_OFFICER')
    await officer.go('/tenders/exercise?under=CCS072')
    const block = {
      lot: 'CCS072 R1', reference: 'CCS072-B1', title: 'Two homes for two children each', users: ['E06000018', 'E06000015'],
      need: 'Twelve children live far away for want of a home here', beds: '4', starts_on: new Date(this.site.now + 250 * DAY), years: '5+2+2',
      shares: 'E06000018: 70\nSample care board: 30', at_most: '18720000', guaranteed: '11262000', ramp_up: '1: 2\n7: 4',
      open_book: 'Costs of each home, every quarter', radius_miles: '4', radius_name: 'Nottingham', radius_postcode: '', radius_from: 'CITY_BORDER', ground: 'NONE',
      direct_reason: '',
    }
    await officer.fill({ ...block, years: 'five' })
    await officer.press('Start the exercise', { isRefused: true })
    await officer.isTold('like 5+2+2', 'years', { years: 'five', need: block.need })
    await this.shoot(officer, 'exercise')
    await officer.fill(block)
    await officer.press('Start the exercise')
    const exercise = officer.path
    await officer.reads('Draft', '£10,000.00', 'Within 4 miles of Nottingham', 'The exercise')
    await officer.go(`${exercise}/draft/exercise`)
    await officer.fill({ ...block, shares: 'E06000018: 70\nSample care board: 20' })
    await officer.press('Save')
    await officer.reads('The shares come to 100%')
    await officer.go(`${exercise}/quality/new`)
    await officer.reads('Which of the framework’s criteria does it refine?')
    await officer.go(exercise)
    await this.shoot(officer, 'exercise-draft')
    await officer.go('/frameworks/CCS072')
    await officer.reads(block.title)
    const outside = await this.the('REFERRALS_MANAGER', this.kinds.careful.organisation)
    await outside.go(exercise, 404)
    this.told = exercise
  }
}

const [program, postcodes, database, scripts] = process.argv.slice(2)
const site = await Site.open([program, postcodes, database], { travels: true })
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
