// The officer's board as a service of the UK government's usual stack: Express, Nunjucks with govuk-frontend's own macros, pg.
// It reads the same tables with the same statements as Nearhome, without row-level security and outside a transaction, as
// such services do. What it leaves out (the access table, a transaction per question, request ids) makes it faster, not slower.
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'
import nunjucks from 'nunjucks'
import pg from 'pg'
import * as sql from './sql.mjs'
import { colours, moment, day, navigation, states, today, urgencies, roles } from './wording.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const PAGE = 50
const IDLE_MINUTES = 60
// `macros`: every row through govukTable and govukTag, as services write it. `plain`: the same markup as text, the quickest
// that Nunjucks can be.
const ROWS = process.env.ROWS === 'plain' ? 'plain' : 'macros'

// A day stays the text that it is; by default the driver makes it a moment of the server's own zone.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text)

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store'
}

export function app() {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.CONNECTIONS ?? 8) })
  const site = express()
  site.set('env', 'production')
  site.enable('view cache')
  site.disable('x-powered-by')
  // The page may not be stored, so nobody could ever send its tag back: hashing it would be for nothing.
  site.disable('etag')
  nunjucks.configure([join(here, 'node_modules/govuk-frontend/dist'), join(here, 'views')], {
    autoescape: true, noCache: false, watch: false, trimBlocks: true, lstripBlocks: true, throwOnUndefined: false, express: site
  })
  site.use((_, response, next) => {
    response.set(HEADERS)
    next()
  })
  site.get('/ready', async (_, response) => {
    await pool.query('SELECT 1')
    response.type('text').send('ready\n')
  })
  site.use(signedIn(pool))
  site.get('/board', board(pool))
  return site
}

// Who asks: the session of the cookie, read from the database at every request.
function signedIn(pool) {
  return async (request, response, next) => {
    const token = cookie(request.headers.cookie, 'nearhome_session')
    if (!token) return response.redirect('/sign-in')
    const hash = createHash('sha256').update(token).digest()
    const now = new Date()
    const idleSince = new Date(now.getTime() - IDLE_MINUTES * 60_000)
    const { rows } = await pool.query({ name: 'signed_in', text: sql.SIGNED_IN, values: [hash, now, idleSince] })
    const role = rows.find((row) => row.membership_id === row.chosen)
    if (!role) return response.redirect('/sign-in')
    if (now - role.seen_at >= 60_000) await pool.query(sql.SESSION_SEEN, [hash, now])
    response.locals.person = { ...role, roles: rows.length }
    next()
  }
}

function cookie(header, name) {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}

function board(pool) {
  return async (request, response) => {
    const { person } = response.locals
    const allowed = roles[person.role]?.board && person.org_kind === 'COUNCIL'
    if (!allowed) return response.status(403).send('You may not do this')
    const onlyOpen = request.query.show !== 'all'
    const number = Math.max(1, Number(request.query.page) || 1)
    const [page, count] = await Promise.all([
      pool.query({ name: 'board', text: sql.BOARD, values: [person.org_id, onlyOpen, PAGE, (number - 1) * PAGE, today()] }),
      pool.query({ name: 'on_board', text: sql.ON_BOARD, values: [person.org_id, onlyOpen] })
    ])
    response.render('board.njk', {
      rows: ROWS,
      title: 'Referrals',
      caption: onlyOpen ? 'Open referrals' : 'All referrals',
      account: { name: person.person_name, organisation: person.org_name, role: roles[person.role].label, canSwitch: person.roles > 1 },
      navigation: navigation(person.role, '/board'),
      isSample: person.is_sample_world,
      canWrite: roles[person.role].write,
      columns: ['Referral', 'State', 'Urgency', 'Needed by', 'Offers until', 'Answers', 'Tasks'],
      lines: page.rows.map(line),
      links: elsewhere(onlyOpen, number, Number(count.rows[0].referrals))
    })
  }
}

function line(row) {
  return {
    href: `/referrals/${row.id}`,
    number: row.number,
    state: states[row.state],
    colour: colours[row.state],
    urgency: urgencies[row.urgency],
    neededBy: row.needed_by === null ? 'Not said' : day(row.needed_by),
    closesAt: row.closes_at === null ? 'Not released' : moment(row.closes_at),
    answers: `${row.asked} asked, ${row.offered} offered, ${row.declined} declined`,
    overdue: Number(row.overdue)
  }
}

function elsewhere(onlyOpen, number, total) {
  const show = onlyOpen ? 'open' : 'all'
  const pages = Math.ceil(total / PAGE)
  const to = (page) => `/board?show=${show}&page=${page}`
  const links = []
  if (number > 1) links.push({ text: 'Previous page', href: to(number - 1) })
  if (number < pages) links.push({ text: `Next page, ${number + 1} of ${pages}`, href: to(number + 1) })
  links.push(
    onlyOpen
      ? { text: 'Show all referrals, also those that ended', href: '/board?show=all' }
      : { text: 'Show open referrals only', href: '/board' }
  )
  return links
}
