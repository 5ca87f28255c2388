// Measures the officer's board of Nearhome beside the same page on Express, Nunjucks, govuk-frontend and pg.
// Usage: node run.mjs PROGRAM POSTCODES      (inside scripts/with-postgres; `make bench` does all of it)
//
// Both read one PostgreSQL, with one session of one officer, on the same cores, by turns in one run. Nothing is measured before
// every cell of both pages was compared; if they differ there is no ratio.
import { execFileSync, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { readFileSync, readdirSync } from 'node:fs'
import os from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { read, differences } from './compare.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const [program, postcodes] = process.argv.slice(2)
const number = (name, standard) => Number(process.env[name] ?? standard)
const CORES = number('BENCH_CORES', Math.min(2, os.cpus().length))
const OPEN = number('BENCH_REFERRALS', 200)
const SECONDS = number('BENCH_SECONDS', 10)
const ROUNDS = number('BENCH_ROUNDS', 5)
const CLIENTS = number('BENCH_CLIENTS', 32)
// Changes of the board a second, for the loads during which it changes: more than a council ever makes, and a flood.
const CHANGES = [20, 500]
const COUNCIL = 'E06000018'
const server = process.env.NEARHOME_TEST_POSTGRES
const database = `${server}/bench`
const cookie = randomBytes(32).toString('base64url')
const running = []

const run = (command, words, more = {}) => execFileSync(command, words, { encoding: 'utf8', ...more })
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

function freePort() {
  return new Promise((resolve, reject) => {
    const listener = createServer().once('error', reject)
    listener.listen(0, '127.0.0.1', () => {
      const { port } = listener.address()
      listener.close(() => resolve(port))
    })
  })
}

// Starts a server on the first cores and waits until it is ready. Gives it with the milliseconds that took.
async function start(name, words, environment, port) {
  const begun = performance.now()
  const child = spawn('taskset', ['-c', `0-${CORES - 1}`, ...words], { env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'inherit'] })
  running.push(child)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined)
    if (answer?.ok) break
    if (child.exitCode !== null) throw new Error(`${name} ended before it was ready`)
    await wait(2)
  }
  const milliseconds = performance.now() - begun
  return { name, pid: child.pid, port, ready: milliseconds, stop: () => (child.kill(), ended) }
}

async function page(side) {
  const answer = await fetch(`http://127.0.0.1:${side.port}/board`, { headers: { cookie: `nearhome_session=${cookie}`, 'accept-encoding': 'identity' }, redirect: 'manual' })
  if (answer.status !== 200) throw new Error(`${side.name}: the board answered ${answer.status}`)
  return { html: await answer.text(), headers: answer.headers }
}

// The process and, for a cluster, its workers.
function family(pid) {
  const children = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).filter((entry) => {
    try {
      return readFileSync(`/proc/${entry}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[1] === String(pid)
    } catch {
      return false
    }
  })
  return [String(pid), ...children]
}

function memory(pid, field) {
  const kilobytes = family(pid).map((one) => Number(readFileSync(`/proc/${one}/status`, 'utf8').match(new RegExp(`${field}:\\s+(\\d+)`))?.[1] ?? 0))
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024
}

const TICK_MICROSECONDS = 1_000_000 / Number(run('getconf', ['CLK_TCK']))

// The processor time that each of these processes has used so far, in microseconds; one that has ended is left out.
function used(processes) {
  const times = new Map()
  for (const one of processes) {
    try {
      const fields = readFileSync(`/proc/${one}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')
      times.set(one, (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS)
    } catch {
      // Ended since it was listed.
    }
  }
  return times
}

// What was used since, by processes that were there before and by new ones.
function since(before, processes) {
  let sum = 0
  for (const [one, time] of used(processes)) sum += time - (before.get(one) ?? 0)
  return sum
}

// The database's processes that serve this run.
const backends = () => run('psql', ['-At', database, '-c', "SELECT pid FROM pg_stat_activity WHERE datname = 'bench' AND pid <> pg_backend_pid()"]).trim().split('\n').filter(Boolean)

// One load of `seconds` by wrk: requests a second, p50 and p99 in milliseconds, the most resident memory seen meanwhile, and
// the processor time of one page in the server and in the database, which a busy machine disturbs less than its rate.
async function load(side, seconds) {
  const before = [used(family(side.pid)), used(backends())]
  const words = ['-t2', `-c${CLIENTS}`, `-d${seconds}s`, '--latency', '--timeout', '10s', '-H', `Cookie: nearhome_session=${cookie}`, `http://127.0.0.1:${side.port}/board`]
  const wrk = spawn('wrk', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  running.push(wrk)
  let text = ''
  wrk.stdout.on('data', (data) => { text += data })
  let resident = 0
  const sampler = setInterval(() => { resident = Math.max(resident, memory(side.pid, 'VmRSS')) }, 500)
  await new Promise((resolve) => wrk.once('exit', resolve))
  clearInterval(sampler)
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`${side.name}: not every answer was the page\n${text}`)
  const pages = Number(text.match(/(\d+) requests in/)[1])
  const scale = { us: 0.001, ms: 1, s: 1000 }
  const latency = (percent) => {
    const [, value, unit] = text.match(new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`))
    return Number(value) * scale[unit]
  }
  return { rate: Number(text.match(/Requests\/sec:\s+([\d.]+)/)[1]), p50: latency(50), p99: latency(99), resident, cpu: since(before[0], family(side.pid)) / pages, database: since(before[1], backends()) / pages, load: os.loadavg()[0] }
}

const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

async function world() {
  run('psql', ['--quiet', `${server}/postgres`, '--command', 'CREATE DATABASE bench'])
  run(program, ['--database', database, '--postcodes', postcodes, 'demo'], { stdio: ['ignore', 'inherit', 'ignore'] })
  const accounts = JSON.parse(run(program, ['--database', database, '--json', 'accounts'])).accounts
  const name = run('psql', ['-At', database, '-c', `SELECT name FROM organisation WHERE council_code = '${COUNCIL}'`]).trim()
  const officer = accounts.find((account) => account.role === 'PLACEMENT_OFFICER' && account.organisation === name)
  const hash = createHash('sha256').update(cookie).digest('hex')
  const set = { council: COUNCIL, open: OPEN, token_hash: hash, email: officer.email }
  const variables = Object.entries(set).flatMap(([key, value]) => ['-v', `${key}=${value}`])
  run('psql', ['--quiet', '-X', ...variables, '-f', join(here, 'world.sql'), database])
}

function versions() {
  const of = (name) => JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8')).version
  const postgres = run('psql', ['-At', database, '-c', 'SHOW server_version']).trim()
  const cpu = os.cpus()[0].model.trim()
  console.log(`machine    ${os.cpus().length} cores ${cpu}, ${Math.round(os.totalmem() / 2 ** 30)} GiB; both servers on ${CORES} of them`)
  console.log(`nearhome   ${run(program, ['--version']).trim().split(' ')[1]}, release build`)
  console.log(`peer       node ${process.versions.node}, express ${of('express')}, nunjucks ${of('nunjucks')}, govuk-frontend ${of('govuk-frontend')}, pg ${of('pg')}; ${CORES} workers`)
  console.log(`database   PostgreSQL ${postgres}; ${OPEN} open referrals`)
}

// Compares both pages, and says what was compared. Throws when they differ.
async function compare(ours, theirs) {
  const [our, their] = [await page(ours), await page(theirs)]
  const [a, b] = [read(our.html), read(their.html)]
  const found = differences(a, b, our.headers, their.headers)
  if (found.length > 0) throw new Error(`the pages differ, so there is no ratio:\n  ${found.slice(0, 10).join('\n  ')}`)
  if (a.rows.length === 0) throw new Error('the board is empty')
  console.log(`equal      ${a.rows.length} rows of ${a.rows[0].length} cells, headings, links, security headers: ${ours.name} and ${theirs.name} (${our.html.length} and ${their.html.length} characters)`)
}

// Moves the day by which one child's home is needed, so many times a second, until it is told to stop.
async function changing(perSecond) {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  const begun = performance.now()
  let [goesOn, wanted] = [true, 0]
  const change = "UPDATE referral SET needed_by = CURRENT_DATE + $1::int WHERE number LIKE '%' || lpad($2::text, 4, '0')"
  const busy = (async () => {
    for (let i = 1; goesOn; i += 1) {
      await client.query({ name: 'change', text: change, values: [i % 60, 1 + (i * 7) % OPEN] })
      wanted += 1000 / perSecond
      const ahead = wanted - (performance.now() - begun)
      if (ahead > 0) await wait(ahead)
    }
  })()
  return async () => {
    goesOn = false
    await busy
    await client.end()
  }
}

const summary = (loads) => Object.fromEntries(['rate', 'p50', 'p99', 'cpu', 'database'].map((key) => [key, middle(loads.map((one) => one[key]))]))

const verdict = (ours, theirs) => `${(ours.rate / theirs.rate).toFixed(1)} times the requests a second (target 12), p99 1/${(theirs.p99 / ours.p99).toFixed(1)} (target 1/10)`

function table(title, sides, loadsOf) {
  console.log(`\n${title}\n                    req/s   p50 ms   p99 ms   server us   database us`)
  for (const side of sides) {
    const all = summary(loadsOf(side))
    const cells = [all.rate.toFixed(0).padStart(7), all.p50.toFixed(2).padStart(8), all.p99.toFixed(2).padStart(8), all.cpu.toFixed(0).padStart(11), all.database.toFixed(0).padStart(13)]
    console.log(`${side.name.padEnd(17)} ${cells.join(' ')}`)
  }
  const [ours, ...peers] = sides
  for (const peer of peers) console.log(`ratio to ${peer.name}: ${verdict(summary(loadsOf(ours)), summary(loadsOf(peer)))}`)
}

function report(sides) {
  table('a board that nobody changes', sides, (side) => side.loads)
  for (const perSecond of CHANGES) table(`a board with ${perSecond} changes a second`, sides.slice(0, 2), (side) => side.changed.get(perSecond))
  console.log('\n                   resident MB, most under load   peak MB   start to ready ms')
  for (const side of sides) {
    console.log(`${side.name.padEnd(17)} ${Math.max(...side.loads.map((one) => one.resident)).toFixed(1).padStart(30)} ${side.peak.toFixed(1).padStart(9)} ${side.ready.toFixed(0).padStart(19)}`)
  }
  const busy = sides.map((side) => `${side.name} ${side.loads.map((one) => one.load.toFixed(1)).join(' ')}`)
  console.log(`\nload average while measuring (${CLIENTS} clients of wrk and the servers themselves are in it): ${busy.join('; ')}`)
}

async function main() {
  await world()
  versions()
  const ports = [await freePort(), await freePort(), await freePort()]
  const theirs = (rows, port) => ['node', [join(here, 'server.mjs')], { NODE_ENV: 'production', DATABASE_URL: database, WORKERS: String(CORES), CONNECTIONS: String(16 / CORES), PORT: String(port), ROWS: rows }]
  const sides = [await start('nearhome', [program, '--database', database, '--postcodes', postcodes, 'serve', '--listen', `127.0.0.1:${ports[0]}`], {}, ports[0])]
  for (const [index, rows] of ['macros', 'plain'].entries()) {
    const port = ports[index + 1]
    const [command, words, environment] = theirs(rows, port)
    sides.push(await start(rows === 'macros' ? 'peer' : 'peer, plain', [command, ...words], environment, port))
  }
  for (const peer of sides.slice(1)) await compare(sides[0], peer)
  for (const side of sides) {
    side.loads = []
    await load(side, Math.min(SECONDS, 5))
  }
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const side of sides) {
      side.loads.push(await load(side, SECONDS))
      process.stderr.write(`round ${round} of ${ROUNDS}: ${side.name} ${side.loads.at(-1).rate.toFixed(0)} requests a second\n`)
    }
  }
  for (const side of sides.slice(0, 2)) side.changed = new Map(CHANGES.map((perSecond) => [perSecond, []]))
  for (const perSecond of CHANGES) {
    for (const side of [...sides.slice(0, 2), ...sides.slice(0, 2)]) {
      const stop = await changing(perSecond)
      side.changed.get(perSecond).push(await load(side, SECONDS))
      await stop()
    }
  }
  await compare(sides[0], sides[1])
  for (const side of sides) side.peak = memory(side.pid, 'VmHWM')
  report(sides)
  if (sides[0].peak >= 100) throw new Error('Nearhome needs 100 MB or more')
}

try {
  await main()
} catch (error) {
  console.error(`bench: ${error.message}`)
  process.exitCode = 1
} finally {
  for (const child of running) child.kill()
}
