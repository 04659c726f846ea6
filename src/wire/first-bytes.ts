/** What a peer speaks, by the first bytes of its connection: TLS, HTTP/2, or HTTP/1.1. */

export type Spoken = 'tls' | 'http/2' | 'http/1.1'

/** A handshake record. RFC 8446 5.1. No method of HTTP begins with it. */
const handshake = 0x16

/** The connection preface of a client that knows beforehand that HTTP/2 is spoken. RFC 9113 3.3, 3.4. */
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** Undefined while the bytes may become a preface still. */
export function spokenBy(first: Buffer): Spoken | undefined {
  if (first[0] === handshake) return 'tls'
  const shared = Math.min(first.length, preface.length)
  if (first.compare(preface, 0, shared, 0, shared) !== 0) return 'http/1.1'
  return shared === preface.length ? 'http/2' : undefined
}
