/** Reads the values that typed condition operators compare: numbers, dates, addresses, booleans, bytes. Unreadable is undefined. */
import { isIPv4, isIPv6 } from 'node:net'

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/

export const readNumber = (text: string): number | undefined => (decimal.test(text) ? Number(text) : undefined)

// W3C NOTE-datetime, the profile of ISO 8601 that AWS names, with the zone optional (UTC).
const iso = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/
const epoch = /^-?\d{5,15}(?:\.\d+)?$|^-?\d{1,3}$/

/** Epoch milliseconds of an ISO 8601 date or of epoch seconds. Four digits alone are a year, as in W3C's profile. */
export function readDate(text: string): number | undefined {
  if (epoch.test(text)) return Number(text) * 1000
  const match = iso.exec(text)
  if (!match) return undefined
  const [, year = '', month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '0', zone = 'Z'] =
    match
  const fields = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const
  const date = new Date(0)
  date.setUTCFullYear(fields[0], fields[1], fields[2])
  date.setUTCHours(fields[3], fields[4], fields[5])
  const real =
    date.getUTCMonth() === fields[1] &&
    date.getUTCDate() === fields[2] &&
    fields[3] < 24 &&
    fields[4] < 60 &&
    fields[5] < 60
  const offset = zone === 'Z' ? 0 : Number(`${zone[0]}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4)))
  return real ? date.getTime() + Math.floor(Number(`0.${fraction}`) * 1000) - offset * 60_000 : undefined
}

export function readBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : undefined
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/

/** The bytes of a base64 text, as a string that is equal for equal bytes. */
export const readBytes = (text: string): string | undefined =>
  base64.test(text) ? Buffer.from(text, 'base64').toString('base64') : undefined

/** An address as 16-bit words: two for IPv4, eight for IPv6. */
type Address = readonly number[]
/** A network: the address of which the first `bits` bits count. */
export type Network = { words: Address; bits: number }

function readIPv4(text: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}

function readIPv6(text: string): number[] {
  const [head = '', tail] = text.split('::')
  const wordsOf = (part: string) =>
    part === ''
      ? []
      : part.split(':').flatMap((word) => (word.includes('.') ? readIPv4(word) : [Number.parseInt(word, 16)]))
  const front = wordsOf(head)
  const back = tail === undefined ? [] : wordsOf(tail)
  return [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back]
}

const mapped = [0, 0, 0, 0, 0, 0xffff]
const isMapped = (words: Address) => words.length === 8 && mapped.every((word, index) => words[index] === word)

/** An address or CIDR block. IPv4 addresses mapped into IPv6 (RFC 4291 2.5.5.2) are the IPv4 addresses that they stand for. */
export function readNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  // A zone such as %eth0 means something on one host only.
  const words = isIPv4(address)
    ? readIPv4(address)
    : isIPv6(address) && !address.includes('%')
      ? readIPv6(address)
      : undefined
  if (!words) return undefined
  const width = words.length * 16
  const suffix = slash < 0 ? String(width) : text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(suffix) || Number(suffix) > width) return undefined
  const bits = Number(suffix)
  return isMapped(words) && bits >= 96 ? { words: words.slice(6), bits: bits - 96 } : { words, bits }
}

/** The address of one host: no CIDR suffix. */
export function readAddress(text: string): Address | undefined {
  return text.includes('/') ? undefined : readNetwork(text)?.words
}

export function contains(network: Network, address: Address): boolean {
  if (network.words.length !== address.length) return false
  for (let index = 0, left = network.bits; left > 0; index++, left -= 16) {
    const shift = left >= 16 ? 0 : 16 - left
    if (network.words[index]! >> shift !== address[index]! >> shift) return false
  }
  return true
}
