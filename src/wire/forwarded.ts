/**
 * Who is really calling when proxies stand between: X-Forwarded-For and X-Forwarded-Proto, believed only of proxies that
 * are named in the settings. RFC 9700 4.13: from anybody else these headers are the caller's own words.
 */
import { canonicalAddress, inRanges } from '../protocols/networks.ts'
import type { Call } from './http.ts'

/** Far above any chain of proxies. */
const longestChain = 50

/**
 * Puts the client's address into the call: read from the right, past every trusted proxy, the first address that is none.
 * What cannot be read ends the chain at the last proxy that can be believed.
 */
export function readForwarded(trusted: readonly string[]): (call: Call) => Call {
  const isTrusted = inRanges(trusted)
  return (call) => {
    const peer = canonicalAddress(call.address) ?? call.address
    if (!isTrusted(peer)) return peer === call.address ? call : { ...call, address: peer }
    const chain = (call.headers['x-forwarded-for'] ?? '').split(',').slice(-longestChain)
    let address = peer
    for (const hop of chain.reverse()) {
      const named = canonicalAddress(withoutPort(hop.trim()))
      if (named === undefined) break
      address = named
      if (!isTrusted(named)) break
    }
    const protocol = call.headers['x-forwarded-proto']?.split(',').at(-1)?.trim().toLowerCase()
    return { ...call, address, secure: protocol === undefined ? call.secure : protocol === 'https' }
  }
}

/** Some proxies add the port: `192.0.2.1:443`, `[2001:db8::1]:443`. */
const withoutPort = (hop: string) => hop.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1').replace(/^\[([^\]]*)\]:\d+$/, '$1')
