// What a reader gets from a board page: headings, the table cell by cell, where links lead; and the headers around it.
import { parse } from 'parse5'

const attribute = (node, name) => node.attrs?.find((one) => one.name === name)?.value
const text = (node) => (node.nodeName === '#text' ? node.value : (node.childNodes ?? []).map(text).join('')).replace(/\s+/g, ' ')

function* all(node, name) {
  if (node.nodeName === name) yield node
  for (const child of node.childNodes ?? []) yield* all(child, name)
}

const links = (node) => [...all(node, 'a')].map((link) => `${text(link).trim()} -> ${attribute(link, 'href')}`)
const cell = (node) => ({ text: text(node).trim(), links: links(node), tag: [...all(node, 'strong')].map((strong) => attribute(strong, 'class')).join() })

export function read(html) {
  const page = parse(html)
  const table = [...all(page, 'table')][0]
  const main = [...all(page, 'main')][0]
  return {
    title: text([...all(page, 'title')][0]).trim(),
    headings: [...all(page, 'h1'), ...all(page, 'h2')].map((heading) => text(heading).trim()),
    caption: text([...all(table, 'caption')][0]).trim(),
    head: [...all(table, 'th')].map((node) => text(node).trim()),
    rows: [...all([...all(table, 'tbody')][0], 'tr')].map((row) => [...all(row, 'td')].map(cell)),
    links: links(main).length,
    around: [...all(page, 'nav')].flatMap(links),
    account: [...all(page, 'p')].map((node) => text(node).trim()),
    acts: links(main).filter((link) => !link.includes('/referrals/') || link.includes('/new'))
  }
}

const HEADERS = ['content-security-policy', 'x-content-type-options', 'referrer-policy', 'permissions-policy', 'cross-origin-opener-policy',
  'cross-origin-resource-policy', 'cache-control', 'content-encoding']

// One line per difference.
export function differences(a, b, aHeaders, bHeaders) {
  const found = []
  for (const name of HEADERS) {
    if (aHeaders.get(name) !== bHeaders.get(name)) found.push(`header ${name}: ${aHeaders.get(name)} | ${bHeaders.get(name)}`)
  }
  const same = (where, one, other) => {
    const [left, right] = [JSON.stringify(one), JSON.stringify(other)]
    if (left !== right) found.push(`${where}: ${left} | ${right}`)
  }
  for (const part of ['title', 'headings', 'caption', 'head', 'links', 'around', 'account', 'acts']) same(part, a[part], b[part])
  same('number of rows', a.rows.length, b.rows.length)
  a.rows.forEach((row, place) => row.forEach((one, column) => same(`row ${place + 1}, cell ${column + 1}`, one, b.rows[place]?.[column])))
  return found
}
