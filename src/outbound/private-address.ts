/** Which IP addresses are nobody's business outside: loopback, private, link-local, multicast and everything else not global. */
import { BlockList, isIP } from 'node:net'

/** IANA IPv4 Special-Purpose Address Registry, and multicast (RFC 5771). */
const special4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

/**
 * Within 2000::/3, the only block of global unicast addresses (RFC 4291 2.4), what is special all the same. 6to4 carries
 * an IPv4 address inside, so it goes as a whole. Mapped, compatible and translated addresses lie outside the block.
 */
const special6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

const block = (subnets: readonly [string, number][], family: 'ipv4' | 'ipv6') => {
  const list = new BlockList()
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, family)
  return list
}
const refused4 = block(special4, 'ipv4')
const global6 = block([['2000::', 3]], 'ipv6')
const refused6 = block(special6, 'ipv6')

/** Whether the address, as text, is not one of the public internet. What is no address at all counts as private. */
export function isPrivate(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return refused4.check(address, 'ipv4')
  if (family === 6) return !global6.check(address, 'ipv6') || refused6.check(address, 'ipv6')
  return true
}
