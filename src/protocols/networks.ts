/** Addresses and networks as text: canonical forms, the network an address counts as, whether a range holds an address. */
import { BlockList, isIP, isIPv4, isIPv6, SocketAddress } from 'node:net'

export type Family = 'ipv4' | 'ipv6'

export const familyOf = (address: string): Family => (isIPv4(address) ? 'ipv4' : 'ipv6')

/**
 * The one spelling of an address: without zone, IPv4 inside IPv6 as IPv4, IPv6 compressed in lower case. Undefined for
 * what is no address. RFC 4291 2.5.5.2, RFC 5952.
 */
export function canonicalAddress(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '')
  if (isIPv4(bare)) return bare
  if (!isIPv6(bare)) return undefined
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' })
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  return mapped?.[1] ?? address
}

/** The 16-bit groups of a canonical IPv6 address. */
export function groupsOf(address: string): number[] {
  const dotted = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [(Number(a) << 8) | Number(b), (Number(c) << 8) | Number(d)].map((group) => group.toString(16)).join(':'),
  )
  const [head = '', tail] = dotted.split('::')
  const read = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)))
  const [first, last] = [read(head), read(tail ?? '')]
  return tail === undefined ? first : [...first, ...new Array(8 - first.length - last.length).fill(0), ...last]
}

/**
 * Whose address it is for counting: an IPv4 address itself, of IPv6 the first 64 bits, because a subscriber has at least
 * as many (RFC 6177). Undefined for what is no address.
 */
export function networkOf(address: string): string | undefined {
  const canonical = canonicalAddress(address)
  if (canonical === undefined || isIPv4(canonical)) return canonical
  const prefix = groupsOf(canonical).slice(0, 4)
  return `${prefix.map((group) => group.toString(16)).join(':')}::/64`
}

/** An address range as people write it, `192.0.2.0/24`, `2001:db8::/32` or one address; undefined for anything else. */
export function readRange(text: string): { address: string; prefix: number; family: Family } | undefined {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? []
  const version = isIP(address)
  if (version === 0) return undefined
  const most = version === 4 ? 32 : 128
  const prefix = length === undefined ? most : Number(length)
  return prefix <= most ? { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' } : undefined
}

/** A test for being in one of the ranges; IPv4 ranges hold IPv4-mapped addresses too. Unreadable ranges hold nothing. */
export function inRanges(ranges: readonly string[]): (address: string) => boolean {
  if (ranges.length === 0) return () => false
  const list = blockListOf(ranges)
  return (text) => {
    const address = canonicalAddress(text)
    return address !== undefined && list.check(address, familyOf(address))
  }
}

/** Stored documents are shared and frozen, so that their lists are read once. */
const read = new WeakMap<readonly string[], BlockList>()

function blockListOf(ranges: readonly string[]): BlockList {
  const known = read.get(ranges)
  if (known) return known
  const list = new BlockList()
  for (const range of ranges.map(readRange)) if (range) list.addSubnet(range.address, range.prefix, range.family)
  read.set(ranges, list)
  return list
}
