// One child placed, clicked through in a real browser: referral, search, offers, choice, approvals, agreement, start. By the people
// of a council, of three providers, and watched by another council; once with JavaScript and once without it.
//
// Usage: node tests/browser/path.mjs PROGRAM POSTCODES ADDRESS-OF-DATABASE
// SCREENSHOTS names a folder for the pictures of the README.

import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { Site } from './site.mjs'

const shots = process.env.SHOTS ?? 'tests/browser/shots'
const pictures = process.env.SCREENSHOTS
for (const folder of [shots, pictures]) if (folder) mkdirSync(folder, { recursive: true })

const PHONE = { width: 390, height: 844 }
const DAY = 86_400_000
const inDays = (days) => new Date(Date.now() + days * DAY)
const inWords = (day) => day.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
const pounds = (pence) => `£${(pence / 100).toLocaleString('en-GB', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
const amount = (pence) => (pence / 100).toFixed(2)
const penceIn = (text) => Math.round(Number(/£([\d,]+\.\d\d)/.exec(text)[1].replaceAll(',', '')) * 100)
const expect = (holds, text) => { if (!holds) throw new Error(text) }

/// What the social worker writes. Questions that follow from another answer, and are not asked of this child, stay open.
const REFERRAL = {
  gender: 'FEMALE',
  legal_status: 'C2',
  search_area: 'Near the city, within an hour of family',
  main_needs: ['EBD'],
  main_risks: ['NONE'],
  matching_exclusions: 'Nothing known',
  ethnicity: 'White British',
  religion: 'None',
  first_language: 'English',
  cultural_needs: 'NOT_REQUIRED',
  character: 'Curious and funny. Draws every day, and knows the name of every bird on the canal.',
  reason: 'The foster carers retire at the end of the month.',
  expected_duration: 'Until 18 if it goes well',
  current_situation: 'With foster carers, for two years',
  previous_placements: 'One, which ends because the carers retire',
  deprivation_of_liberty: 'no',
  how_far: 'PARTNERSHIP',
  areas_to_avoid: 'None',
  places_that_matter: 'The swimming club on Saturdays',
  foster_care: 'SUITABLE',
  residential_care: 'PREFERRED',
  supported_accommodation: 'UNSUITABLE',
  alongside: 'WITH_CHILDREN',
  adaptations: 'no',
  carer_skills: 'Patience at bedtime, and an interest in drawing',
  siblings: 'NO_SIBLINGS',
  contact: 'Grandmother every Sunday, unsupervised',
  communication: ['NONE'],
  health: 'No concerns',
  medication: 'None',
  behaviour: 'A quiet corner helps. Shouting upsets.',
  diet: 'No allergies',
  school_name: 'Synthetic Academy',
  year_group: '8',
  transport: 'Bus pass',
  ...Object.fromEntries(['self_harm', 'sexual_exploitation', 'criminal_exploitation', 'substances', 'eating', 'missing', 'physical_harm', 'sexual_harm', 'fire', 'court_on'].map((key) => [key, null])),
  childs_wishes: '“I want to keep my drawing desk and see Gran.”',
  familys_wishes: 'Sundays with the grandmother',
  success: 'In school every day, and sleeping through',
  education_percent: '0',
  health_percent: '0',
  social_worker: 'Social worker (sample)',
  social_worker_phone: '01632 960001',
  manager: 'Team manager (sample)',
  reviewing_officer: 'Reviewing officer (sample)',
}

/// What a provider writes about its home.
const OFFER = {
  // A sample home may have one place only.
  residents: '0',
  residents_about: '',
  impact: 'SUPPORTS',
  impact_summary: 'The home is empty this month; the boy who comes in spring likes to draw too.',
  staff_day: '2 to 3',
  staff_night: '1 waking',
  manager: 'REGISTERED',
  needs_met: 'A key worker of her own, and a therapist who visits each week.',
  risks_met: 'None are named; we review after two weeks.',
  wishes_met: 'There is room for a drawing desk at the window.',
  transition: 'Tea on Monday, a night on Thursday, then the move.',
  included: ['POCKET_MONEY', 'CLOTHING'],
  contact_name: 'Duty manager (sample)',
  contact_phone: '01632 960002',
  available_to: null,
}

/// What the officer writes into the agreement.
const TERMS = {
  service_address: '1 Sample Street, as registered',
  council_address: '2 Sample Square',
  provider_address: '3 Sample Road',
  contact_post: 'Placement service',
  contact_telephone: '01632 960003',
  plan_reference: 'Care plan 1 (sample)',
  outcomes: 'She is settled, in school every day, and draws.',
  conditions: 'A desk at the window of her room',
}

/// One child's way from need to home, in one council.
class Path {
  /// The homes where the story's child and those of earlier walks live.
  static lived = [process.env.LIVED].filter(Boolean)

  constructor (site, { council, other, postcode, javaScriptEnabled }) {
    Object.assign(this, { site, council, other, javaScriptEnabled, people: new Map() })
    const born = inDays(-4_930)
    const number = `SYN-${String(born % 1_000_000).padStart(6, '0')}`
    this.child = { given: 'Wrenna', family: 'Quillfeather', number, postcode, born }
  }

  /// The person in this post; they sign in when they are needed first.
  async the (role, organisation = this.council, how = {}) {
    const key = `${role} ${organisation}`
    if (!this.people.has(key)) this.people.set(key, await this.site.signIn(role, organisation, { javaScriptEnabled: this.javaScriptEnabled, ...how }))
    return this.people.get(key)
  }

  async shoot (person, name) {
    await person.page.screenshot({ path: `${shots}/path-${name}.png`, fullPage: true })
  }

  async walk () {
    for (const part of ['write', 'screen', 'release', 'offer', 'choose', 'approve', 'agree', 'start', 'hear', 'stayApart', 'suspend']) {
      await this[part]()
      console.log(`  ${part}: ${this.told ?? ''}`)
    }
    for (const person of this.people.values()) await person.context.close()
  }

  /// A referral page by page, with one mistake at the start and one on the way.
  async write () {
    const { child } = this
    const worker = await this.the('SOCIAL_WORKER')
    await worker.go('/board')
    await worker.follow('Start a referral')
    const about = { given_name: child.given, family_name: child.family, case_number: child.number, home_postcode: child.postcode, urgency: 'PLANNED', even_though_open: 'no' }
    await worker.fill({ ...about, date_of_birth: '2014-02-31' })
    await worker.press('Start the referral', { isRefused: true })
    await this.shoot(worker, 'mistake')
    await worker.isTold('Date of birth must be a real date', 'date_of_birth', { given_name: child.given, case_number: child.number, home_postcode: child.postcode, 'date_of_birth-day': '31' })
    await worker.fill({ ...about, date_of_birth: child.born })
    await worker.press('Start the referral')
    await worker.reads('Draft', `${child.given} ${child.family}`, inWords(child.born))
    this.referral = worker.path
    this.number = /R-\d{4}-\d{4}/.exec(await worker.words())[0]
    await this.sections(worker)
    await worker.follow('Read all answers')
    await worker.reads(child.postcode, REFERRAL.character, REFERRAL.childs_wishes, inWords(inDays(21)))
    await this.shoot(worker, 'answers')
    await worker.go(this.referral)
    await worker.follow('Submit')
    await worker.press('Submit the referral')
    await worker.reads('It was done.', 'Submitted')
    this.told = `${this.number} of ${this.council}`
  }

  /// Every page of the task list.
  async sections (worker) {
    const { child } = this
    const answers = { ...REFERRAL, given_name: child.given, family_name: child.family, case_number: child.number, home_postcode: child.postcode, date_of_birth: child.born, anyDay: inDays(21) }
    const pages = await worker.page.$$eval('main a[href*="/section/"]', (all) => all.map((one) => one.getAttribute('href')))
    expect(pages.length === 12, `the task list has ${pages.length} pages`)
    for (const page of pages) {
      await worker.go(page)
      if (page.endsWith('/education')) {
        await worker.fill({ ...answers, year_group: 'eight' }, '')
        await worker.press('Save and continue', { isRefused: true })
        await worker.isTold('School year', 'year_group', { year_group: 'eight', school_name: REFERRAL.school_name, transport: REFERRAL.transport })
      }
      await worker.fill(answers, '')
      await worker.press('Save and continue')
      await worker.reads('Your answers were saved.')
    }
    const words = await worker.reads('100% of what a search needs')
    expect(!words.includes('Still missing'), `something is missing: ${words}`)
    await this.shoot(worker, 'referral')
  }

  /// Accepted, searched in-house, authorised by the team manager.
  async screen () {
    const officer = await this.the('PLACEMENT_OFFICER')
    await officer.go('/board')
    await officer.reads(this.number)
    await officer.follow(this.number)
    await officer.follow('Accept')
    await officer.press('Accept the referral')
    await officer.reads('Accepted')
    await officer.follow('Search in-house')
    await officer.fill({ result: 'NO_VACANCY', reason: 'No home of our own is free' })
    await officer.press('Record the in-house search')
    await officer.reads('In-house search')
    const manager = await this.the('TEAM_MANAGER')
    await manager.go(this.referral)
    await manager.follow('Authorise the search')
    await manager.press('Authorise the search')
    await manager.reads('Authorised')
    this.told = 'Authorised'
  }

  /// The anonymised profile to every admitted home of the lot.
  async release () {
    const officer = await this.the('PLACEMENT_OFFICER')
    await officer.go(this.referral)
    await officer.follow('Release to providers')
    const profile = await officer.reads('What providers will read', '13 years', this.child.postcode.split(' ')[0], REFERRAL.character)
    for (const secret of this.secrets()) expect(!profile.includes(secret), `providers would read ${secret}`)
    const kinds = await officer.page.$$eval('main form [name=category] option, main form input[name=category]', (all) => all.map((one) => one.value))
    await officer.fill({ category: kinds.find((kind) => kind.startsWith('CCS072')), closes_at: inDays(3), closes_time: '16:30', warnings_read: 'yes' })
    await officer.press('Release to providers')
    await officer.reads('Out to market')
    await officer.go('/board')
    await this.shoot(officer, 'board')
    const row = await officer.page.locator('main tr', { hasText: this.number }).innerText()
    expect(/\d+ asked, 0 offered, 0 declined/.test(row), `the board says ${row}`)
    this.told = /\d+ asked/.exec(row)[0]
  }

  /// What no provider may read before the agreement.
  secrets () {
    const { given, family, number, postcode, born } = this.child
    return [given, family, number, postcode, inWords(born), REFERRAL.school_name]
  }

  /// The first provider offers on a phone, the second offers for more, the third makes no offer.
  async offer () {
    const [first, second, third] = this.site.accounts.filter((account) => account.role === 'REFERRALS_MANAGER').map((account) => account.organisation)
    this.first = await this.provider(first, PHONE)
    this.second = await this.provider(second)
    this.third = await this.provider(third)
    await this.makeOffer(this.first, 41_163)
    await this.makeOffer(this.second, 10_259)
    await this.third.person.follow('Make no offer')
    await this.third.person.fill({ reason: 'STAFFING', note: 'Two posts are vacant this month' })
    await this.third.person.press('Make no offer')
    await this.third.person.reads('Declined', 'Staffing')
    this.told = `${pounds(this.first.price)} and ${pounds(this.second.price)} a week, one decline`
  }

  /// The first home of this provider that was asked, and where no child of an earlier walk lives: it may have one place only.
  async provider (name, how = {}) {
    const person = await this.the('REFERRALS_MANAGER', name, how)
    await person.go('/inbox')
    let asked = person.page.locator('main tbody tr').filter({ hasText: this.number }).filter({ hasText: this.council }).filter({ hasText: 'No answer yet' })
    for (const home of Path.lived) asked = asked.filter({ hasNotText: home })
    await person.follow(this.number, asked.first())
    await person.reads('About the child', '13 years', REFERRAL.character)
    const home = (await person.fact('Asked of')).split(',')[0]
    return { name, person, home, release: person.path }
  }

  /// Answers the four pages and sends, for so much less than the highest price.
  async makeOffer (provider, pence) {
    const { person } = provider
    const highest = penceIn(await person.fact('Highest core price today'))
    provider.price = highest - pence
    const pages = await person.page.$$eval('main a[href*="/offer/"]', (all) => all.map((one) => one.getAttribute('href')))
    expect(pages.length === 4, `an offer has ${pages.length} pages`)
    const answers = { ...OFFER, core_weekly: amount(provider.price), anyDay: inDays(21), available_from: inDays(14), valid_until: inDays(35) }
    for (const page of pages) {
      await person.go(page)
      if (page.endsWith('/price') && provider === this.first) {
        await person.fill({ ...answers, core_weekly: 'about six thousand', discounts: 'None' }, '')
        await person.press('Save and continue', { isRefused: true })
        await this.shoot(person, 'phone-mistake')
        await person.isTold('Core price a week', 'core_weekly', { core_weekly: 'about six thousand', discounts: 'None' })
      }
      await person.fill(answers, '')
      await person.press('Save and continue')
    }
    await this.shoot(person, `offer-${person === this.first.person ? 'phone' : 'wide'}`)
    await person.follow('Check and send your offer')
    await person.reads(pounds(provider.price), OFFER.wishes_met, `by ${inWords(inDays(35))}`)
    await person.press('Send your offer')
    await person.reads('Your offer was sent to the council.', 'Submitted', `${pounds(provider.price)}`)
  }

  /// Scores with reasons, checks, points that add up, and the choice.
  async choose () {
    const officer = await this.the('PLACEMENT_OFFICER')
    await officer.go(this.referral)
    await officer.follow('Compare offers')
    await officer.reads(this.first.home, this.second.home, pounds(this.first.price), pounds(this.second.price), this.third.home, 'Staffing', 'Waiting for scores')
    for (const [provider, score] of [[this.first, '4.5'], [this.second, '3.5']]) await this.score(officer, provider, score)
    await officer.go(`${this.referral}/offers`)
    await officer.reads(/ miles/)
    const ranked = await officer.page.locator('main tbody').first().locator('tr').allInnerTexts()
    expect(ranked.length === 2 && ranked[0].includes(this.first.home) && ranked[0].startsWith('1\t') && ranked[1].startsWith('2\t'), `the first provider does not rank first: ${ranked}`)
    await this.shoot(officer, 'offers')
    if (pictures && this.javaScriptEnabled) await officer.page.screenshot({ path: `${pictures}/offers.png`, fullPage: true, clip: { x: 0, y: 0, width: 1280, height: 1240 } })
    await officer.follow(this.first.home)
    await this.readOffer(officer)
    await officer.follow('Take onto the shortlist')
    await officer.press('Take onto the shortlist')
    await officer.follow(this.first.home)
    await officer.follow('Choose this offer')
    await officer.fill({ reason: 'She met the staff, and there is room for her desk', disrupts_key_stage_4: 'no', undisturbed_because: null })
    await officer.press('Choose this offer')
    await officer.reads('Awaiting approval', 'Chosen', 'room for her desk')
    this.told = `${this.first.home}, ${this.miles}, ${this.legalClass}`
  }

  async score (officer, provider, score) {
    await officer.go(`${this.referral}/offers`)
    await officer.follow(provider.home)
    const offer = officer.path
    await officer.follow('Score this offer')
    const criteria = await officer.page.$$eval('main form [name=criterion]', (all) => all.map((one) => one.value))
    for (const criterion of criteria) {
      await officer.go(`${offer}/score`)
      await officer.fill({ criterion, tenths: score, reason: 'Read with the care plan' })
      await officer.press('Score this offer')
      await officer.reads('Your score was saved.')
    }
  }

  /// One offer in full: every check with its outcome, points that add up to the total, price, miles, legal class.
  async readOffer (officer) {
    await officer.reads('Checks', 'Met', 'Points', pounds(this.first.price), OFFER.impact_summary, 'Within, by £411.63 a week')
    await this.shoot(officer, 'offer')
    this.miles = (await officer.fact('Distance from Nottingham city centre')).replace('\u00a0', ' ')
    this.legalClass = await officer.fact('By the regulations')
    expect(/^\d+\.\d( miles)?$/.test(this.miles), `the distance is ${this.miles}`)
    const points = await officer.page.$$eval('main .nh-scores tbody tr, main .nh-scores tfoot tr', (rows) => rows.map((row) => row.innerText))
    const hundredths = points.map((row) => Math.round(Number(/(\d+\.\d\d)\s+out of/.exec(row)[1]) * 100))
    const total = hundredths.pop()
    expect(points.length > 2 && hundredths.reduce((sum, part) => sum + part, 0) === total, `the points do not add up: ${points.join('; ')}`)
  }

  /// Whoever may decide decides, in order, with evidence for every check.
  async approve () {
    const decided = []
    const reader = await this.the('HEAD_OF_SERVICE')
    for (let left = 8; left > 0; left -= 1) {
      const waiting = []
      for (const list of ['/approvals', '/approvals?whose=others']) {
        await reader.go(list)
        const rows = await reader.page.locator('main tbody tr', { hasText: this.number }).all()
        for (const row of rows) waiting.push({ step: Number(await row.locator('td').nth(2).innerText()), link: await row.getByRole('link').getAttribute('href'), what: await row.getByRole('link').innerText() })
      }
      if (waiting.length === 0) break
      const { link, what } = waiting.sort((one, other) => one.step - other.step)[0]
      await reader.go(link)
      const roles = (await reader.fact('Who decides')).split(' or ')
      decided.push(`${what} by ${await this.decide(reader.path, what, roles)}`)
    }
    const distant = { 'At a distance': 'Placement at a distance by DIRECTOR', 'Out of area': 'Placement out of area by' }[this.legalClass]
    expect(decided.length > 0 && (!distant || decided.some((one) => one.startsWith(distant))), `${this.legalClass}, but decided was: ${decided.join(', ')}`)
    this.told = decided.join(', ')
  }

  async decide (path, what, roles) {
    const posts = { 'Head of service': 'HEAD_OF_SERVICE', "Director of children's services": 'DIRECTOR', 'Nominated officer': 'NOMINATED_OFFICER', 'Head of contracting': 'HEAD_OF_CONTRACTING' }
    const role = posts[roles.find((one) => posts[one])]
    expect(role, `nobody here may decide ${what}: ${roles}`)
    const approver = await this.the(role)
    await approver.go('/approvals')
    await approver.reads('Yours to decide')
    await approver.go(path)
    await this.shoot(approver, `approval-${role.toLowerCase()}`)
    await approver.fill({ decision: 'APPROVE', reason: 'The checks are met' }, 'Recorded in the case file')
    await approver.press('Record your decision')
    await approver.go(path)
    await approver.reads('Approved', 'The checks are met')
    return role
  }

  /// The agreement, its document, and both signatures.
  async agree () {
    const officer = await this.the('PLACEMENT_OFFICER')
    const head = await this.the('HEAD_OF_CONTRACTING')
    this.before = await this.committed(head)
    await officer.go(`${this.referral}/agreement`)
    await officer.fill({ ...TERMS, starts_on: inDays(0), expected_end_on: null, social_care_percent: null, education_percent: null, health_percent: null }, '')
    await officer.press('Send the agreement to the provider')
    await officer.reads('Issued', `${this.child.given} ${this.child.family}`, pounds(this.first.price), this.first.home)
    this.agreement = officer.path
    await this.shoot(officer, 'agreement')
    await this.checkDocument(officer)
    const signatory = await this.the('PROVIDER_SIGNATORY', this.first.name, PHONE)
    await this.sign(signatory, 'Signed by the provider')
    await this.sign(head, 'Signed by both')
    const after = await this.committed(head)
    await this.shoot(head, 'commitments')
    expect(after > this.before, `${pounds(this.before)} were committed, and ${pounds(after)} are`)
    this.told = `${pounds(after - this.before)} more are committed`
  }

  async sign (person, state) {
    await person.go(this.agreement)
    await person.follow('Sign the agreement')
    await person.reads('You sign as')
    await person.press('Sign the agreement')
    await person.reads(state)
  }

  /// What stands committed under the residential framework.
  async committed (person) {
    await person.go('/commitments')
    const rows = await person.page.locator('main tbody tr', { hasText: 'CCS072' }).allInnerTexts()
    expect(rows.length > 0, `no ceiling is shown: ${await person.words()}`)
    return Math.max(...rows.map((row) => { const [limit, committed] = row.match(/£[\d,]+\.\d\d/g).map(penceIn); return committed > limit ? limit : committed }))
  }

  /// A tagged PDF that says who, where and for how much.
  async checkDocument (officer) {
    const answer = await officer.context.request.get(`${this.site.address}${this.agreement}/pdf`)
    const body = await answer.body()
    expect(answer.headers()['content-type'] === 'application/pdf' && body.subarray(0, 5).toString() === '%PDF-', 'the document is no PDF')
    const read = (tool, ...words) => execFileSync(tool, words, { input: body, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] })
    const about = read('pdfinfo', '-')
    expect(/Tagged:\s+yes/.test(about) && /Title:\s+\S/.test(about), `the document is not tagged or has no title: ${about}`)
    const text = read('pdftotext', '-layout', '-', '-')
    for (const words of [this.child.number, inWords(this.child.born), this.first.home, TERMS.service_address, pounds(this.first.price), 'Weekly total']) expect(text.includes(words), `the document does not say ${words}: ${text}`)
  }

  /// The child has moved in.
  async start () {
    const officer = await this.the('PLACEMENT_OFFICER')
    await officer.go(this.agreement)
    await officer.follow('Record that the child moved in')
    const tasks = await officer.page.$$eval('main form [name=done]', (all) => all.map((one) => one.value))
    await officer.fill({ started_on: inDays(0), is_emergency: 'no', emergency_reason: null, done: tasks, others_because: 'BETTER_MATCH', others_note: 'Thank you for the offer' })
    await officer.press('Record the start')
    Path.lived.push(this.first.home)
    await officer.reads('Active', this.first.home, `${pounds(this.first.price)} a week`, this.miles, this.legalClass, inWords(inDays(0)), 'History', 'Charges of this month')
    const history = await officer.page.locator('main .nh-timeline').innerText()
    expect(history.split('The child moved in').length === 2, `the history says: ${history}`)
    this.placement = officer.path
    await this.shoot(officer, 'placement')
    await officer.go(this.referral)
    await officer.reads('Placed')
    await officer.go('/placements')
    await officer.reads(this.first.home, pounds(this.first.price))
    this.told = `${pounds(this.first.price)} a week from ${inWords(inDays(0))}`
  }

  /// Each provider hears what became of it, and nothing of the others.
  async hear () {
    await this.first.person.go(this.first.release)
    await this.first.person.reads('Accepted')
    await this.second.person.go(this.second.release)
    await this.second.person.reads('Not selected', "Another offer met the child's needs better", 'Thank you for the offer')
    await this.shoot(this.second.person, 'outcome')
    await this.third.person.go(this.third.release)
    await this.third.person.reads('Declined', 'What became of it')
    for (const { person, home, price } of [this.second, this.third]) {
      await person.go('/inbox')
      await person.go('/agreements')
      await person.go(this.agreement, 404)
      await person.go(this.placement, 404)
      const others = [this.first, this.second].filter((one) => one.home !== home)
      for (const secret of [...this.secrets(), ...others.flatMap((one) => [one.name, one.home, pounds(one.price), amount(one.price)])]) {
        const page = person.served.find((served) => served.includes(secret))
        if (page) this.site.fault(`${person} was served ${secret}: ${page.slice(Math.max(0, page.indexOf(secret) - 150), page.indexOf(secret) + 50)}`)
      }
      expect(!price || person.served.some((served) => served.includes(pounds(price))), `${person} never saw its own price`)
    }
    this.told = `${this.second.person.served.length} pages of the second provider name neither the child nor another’s price`
  }

  /// For another council none of it exists.
  async stayApart () {
    const other = await this.the('PLACEMENT_OFFICER', this.other)
    for (const path of ['', '/answers', '/offers'].map((part) => this.referral + part).concat(this.agreement, this.placement)) await other.go(path, 404)
    await other.go('/board?show=all')
    const seen = this.secrets().filter((secret) => other.served.some((served) => served.includes(secret)))
    expect(seen.length === 0, `${other} was served ${seen}`)
    this.told = `${this.people.size} people of ${new Set([...this.people.values()].map((one) => one.account.organisation)).size} organisations`
  }

  /// The home is suspended for every council: others and the provider read it, and the child's council is told to look.
  async suspend () {
    const head = await this.the('HEAD_OF_CONTRACTING')
    await head.go('/services')
    const link = head.page.getByRole('link', { name: this.first.home, exact: true })
    while (!(await link.count())) await head.follow('Next page')
    await head.follow(this.first.home)
    const home = head.path
    await head.follow('Restrict or suspend')
    const said = { act: 'SUSPEND', cause: 'SAFEGUARDING', reason: 'Nobody was awake at night' }
    await head.fill({ ...said, reason: '' })
    await head.press('Do it for every council', { isRefused: true })
    await head.isTold('Enter why', 'reason', {})
    await this.shoot(head, 'suspend')
    await head.fill(said)
    await head.press('Do it for every council')
    await head.reads('Suspended', said.reason, 'Concern about the safety of children')
    await this.shoot(head, 'suspended')
    for (const reader of [await this.the('PLACEMENT_OFFICER', this.other), this.first.person]) {
      await reader.go(home)
      await reader.reads('Suspended', said.reason)
    }
    const officer = await this.the('PLACEMENT_OFFICER')
    await officer.go(this.placement)
    await officer.reads('Review the risk to this child: the home is suspended')
    await this.shoot(officer, 'suspended-placement')
    this.told = home
  }
}

const site = await Site.open(process.argv.slice(2))
const nottingham = 'Nottingham City Council'
const derby = 'Derby City Council'
const walks = [
  { council: nottingham, other: derby, postcode: 'NG7 2QB', javaScriptEnabled: true },
  { council: derby, other: nottingham, postcode: 'DE1 2FS', javaScriptEnabled: false },
]
try {
  for (const walk of walks) {
    console.log(`The path in ${walk.council}, JavaScript ${walk.javaScriptEnabled ? 'on' : 'off'}`)
    await new Path(site, walk).walk()
  }
} catch (error) {
  site.fault(error.stack)
} finally {
  await site.close()
}
console.log(`path: ${site.looked} pages looked at, ${site.faults} faults`)
process.exit(site.faults === 0 ? 0 : 1)
