// How codes, days and moments read on the page. Formats are made once: making one costs more than using it a thousand times.

export const states = {
  DRAFT: 'Draft', SUBMITTED: 'Submitted', RETURNED: 'Returned', ACCEPTED: 'Accepted', INTERNAL_SEARCH: 'In-house search',
  AUTHORISED: 'Authorised', OUT_TO_MARKET: 'Out to market', SHORTLISTING: 'Shortlisting', PREFERRED: 'Preferred offer chosen',
  AWAITING_APPROVAL: 'Awaiting approval', PLACED: 'Placed', WITHDRAWN: 'Withdrawn', NO_PLACEMENT: 'No placement found'
}

export const colours = {
  DRAFT: 'yellow', SUBMITTED: 'blue', RETURNED: 'yellow', ACCEPTED: 'blue', INTERNAL_SEARCH: 'blue', AUTHORISED: 'blue',
  OUT_TO_MARKET: 'blue', SHORTLISTING: 'blue', PREFERRED: 'green', AWAITING_APPROVAL: 'green', PLACED: 'green',
  WITHDRAWN: 'grey', NO_PLACEMENT: 'grey'
}

export const urgencies = {
  EMERGENCY: 'Emergency: today or tomorrow', URGENT: 'Urgent: within 5 working days',
  PLANNED: 'Planned: more than 5 working days away', LONG_TERM: 'Long-term home'
}

// Only the role with which the board is measured.
export const roles = {
  PLACEMENT_OFFICER: { label: 'Placement officer', board: true, write: true, pages: [
    ['Referrals', '/board'], ['Tasks', '/tasks'], ['Placements', '/placements'], ['Agreements', '/agreements'],
    ['Frameworks', '/frameworks'], ['Decisions', '/decisions'], ['API tokens', '/tokens']
  ] }
}

export const navigation = (role, current) => roles[role].pages.map(([text, href]) => ({ text, href, current: href === current }))

const days = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
const moments = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric', month: 'long', year: 'numeric', hour: 'numeric', minute: '2-digit', hourCycle: 'h23', timeZone: 'Europe/London', timeZoneName: 'short'
})

const isoDays = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/London' })

export const today = () => isoDays.format(new Date())

export const day = (text) => days.format(Date.parse(text))

export function moment(at) {
  const part = {}
  for (const { type, value } of moments.formatToParts(at)) part[type] = value
  const hour = Number(part.hour)
  const minute = part.minute
  const time =
    minute !== '00' ? `${hour % 12 || 12}:${minute}${hour < 12 ? 'am' : 'pm'}`
      : hour === 0 ? 'midnight'
        : hour === 12 ? 'midday'
          : `${hour % 12}${hour < 12 ? 'am' : 'pm'}`
  return `${part.day} ${part.month} ${part.year} at ${time} ${part.timeZoneName === 'GMT+1' ? 'BST' : part.timeZoneName}`
}
