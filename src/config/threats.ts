/** What threat protection knows, and for how long. */
import { type Rows, readCount, readText, readUrl } from './setting.ts'

export const threats = {
  authEventDays: {
    flag: '--auth-event-days',
    variable: 'POOLHOUSE_AUTH_EVENT_DAYS',
    otherwise: '90',
    help: 'days that the events of threat protection are kept; devices and addresses are known for as long',
    read: (value) => readCount(value, 1, 3_650),
  },
  breachRangeUrl: {
    flag: '--breach-range-url',
    variable: 'POOLHOUSE_BREACH_RANGE_URL',
    otherwise: 'none: only the offline list',
    help: 'a service of breached passwords by ranges (k-anonymity), asked `<url>/<five hex digits>`, such as `https://api.pwnedpasswords.com/range`',
    read: readUrl,
  },
  locations: {
    flag: '--locations',
    variable: 'POOLHOUSE_LOCATIONS',
    otherwise: 'none: nobody knows where an address is',
    help: 'a file of `network,latitude,longitude,city,country` lines, for the distance between sign-ins and for notices',
    read: readText,
  },
} satisfies Rows
