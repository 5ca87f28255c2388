// Signs in as each role of a sample world in a real browser, with and without JavaScript, and visits every page to which the
// navigation and the lists lead. Screenshots go to the folder named by SHOTS.
//
// Usage: node tests/browser/visit.mjs PROGRAM POSTCODES ADDRESS-OF-DATABASE

import { mkdirSync } from 'node:fs'
import { Site } from './site.mjs'

const COUNCIL = 'Nottingham City Council'
/// Who looks at everything that they can reach, with JavaScript.
const EVERYTHING = ['SOCIAL_WORKER', 'PLACEMENT_OFFICER', 'DIRECTOR', 'HEAD_OF_CONTRACTING', 'REFERRALS_MANAGER', 'PROVIDER_SIGNATORY']
/// The same without it; other roles, since the code of an account works once.
const PLAIN = ['TEAM_MANAGER', 'FINANCE_OFFICER', 'NOMINATED_OFFICER']
/// Who looks at the pages to which their navigation leads.
const CORE = ['CONTRACT_OFFICER', 'HEAD_OF_SERVICE', 'REVIEWING_OFFICER', 'ADMINISTRATOR']

const shots = process.env.SHOTS ?? 'tests/browser/shots'
mkdirSync(shots, { recursive: true })
const site = await Site.open(process.argv.slice(2))

async function visitAs (role, { javaScriptEnabled = true, width = 1280, most = 24, within = 'nav, main' } = {}) {
  const organisation = ['REFERRALS_MANAGER', 'PROVIDER_SIGNATORY'].includes(role) ? undefined : COUNCIL
  const person = await site.signIn(role, organisation, { javaScriptEnabled, width })
  const places = within.split(', ').map((place) => `${place} a[href^="/"]`).join(', ')
  const links = () => person.page.$$eval(places, (all) => all.map((one) => one.getAttribute('href')))
  const seen = new Set()
  let waiting = await links()
  while (waiting.length > 0 && seen.size < most) {
    const next = waiting.shift().split('#')[0]
    const kind = next.replace(/[0-9a-f-]{36}/g, 'ID')
    if (next === '' || seen.has(kind) || /[/.]pdf$/.test(next.split('?')[0])) continue
    seen.add(kind)
    if (!(await person.go(next))) continue
    if (javaScriptEnabled) await person.page.screenshot({ path: `${shots}/${role.toLowerCase()}${kind.replace(/[^a-zA-Z]+/g, '-')}${width}.png`, fullPage: true })
    waiting = waiting.concat(await links())
  }
  if (seen.size === 0) site.fault(`${person} finds no page`)
  console.log(`${role} at ${width} px, JavaScript ${javaScriptEnabled ? 'on' : 'off'}: ${seen.size} pages`)
  await person.context.close()
}

/// Somebody is invited and the invitation withdrawn, somebody loses their telephone, somebody leaves.
async function keepPeople (organisation, how) {
  const admin = await site.signIn('ADMINISTRATOR', organisation, how)
  const { page } = admin
  const shot = async (name) => { if (admin.hasScripts) await page.screenshot({ path: `${shots}/people-${name}${how.width ?? 1280}.png`, fullPage: true }) }
  await admin.go('/people')
  await shot('list')
  await admin.follow('Invite somebody')
  const own = { name: 'Sample Guest', email: admin.account.email, role: 'SOCIAL_WORKER', post: 'Social worker' }
  await admin.fill(own)
  await admin.press('Send the invitation', { isRefused: true })
  await admin.isTold('nobody gives a role to themselves', 'email', { name: own.name, email: own.email, post: own.post })
  await shot('invite-refused')
  await admin.fill({ ...own, email: `guest${how.width ?? 1280}@council.example` })
  await admin.press('Send the invitation')
  await admin.reads('The invitation is on its way by email', 'Open invitations')
  await shot('invited')
  await admin.follow('Withdraw Sample Guest’s invitation')
  await shot('withdraw')
  await admin.press('Withdraw the invitation')
  await admin.reads('The invitation was withdrawn', 'No invitation is open')
  const row = page.locator('main tr', { hasText: 'Contract officer' }).first()
  await row.getByRole('link', { name: /sign-in$/ }).click()
  await admin.look()
  await shot('reset')
  await admin.press('Reset their sign-in')
  await admin.reads('Their password and telephone no longer work')
  await page.locator('main tr', { hasText: 'Contract officer' }).getByRole('link', { name: /role$/ }).first().click()
  await admin.look()
  await admin.press('End the role', { isRefused: true })
  await admin.isTold('Select why the role ends', 'reason', {})
  await shot('end-refused')
  await admin.fill({ reason: 'LEFT' })
  await admin.press('End the role')
  await admin.reads('The role was ended')
  await shot('ended')
  console.log(`${admin} at ${how.width ?? 1280} px, JavaScript ${admin.hasScripts ? 'on' : 'off'}: kept people`)
  await admin.context.close()
}

try {
  for (const role of EVERYTHING) await visitAs(role, { width: role === 'REFERRALS_MANAGER' ? 360 : 1280 })
  for (const role of PLAIN) await visitAs(role, { javaScriptEnabled: false })
  for (const role of CORE) await visitAs(role, { most: 6, within: 'nav' })
  // In councils whose people nobody else is here.
  await keepPeople('Derbyshire County Council', { width: 360 })
  await keepPeople('Nottinghamshire County Council', { javaScriptEnabled: false })
} catch (error) {
  site.fault(error.stack)
} finally {
  await site.close()
}
console.log(`browser: ${site.looked} pages looked at, ${site.faults} faults`)
process.exit(site.faults === 0 ? 0 : 1)
