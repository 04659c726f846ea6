/** Certificate revocation lists (RFC 5280 5): which serial numbers an authority took back, and whether it signed that. */
import { verify } from 'node:crypto'
import { isStrongAlgorithm } from './certificate-path.ts'
import { DerError, membersOf, readDer, readInteger, readTime, takeFrom } from './der-reader.ts'
import { algorithmOf, type Certificate, cRLSign, extensionsIn, fromBase64, type Name, readName } from './x509.ts'

export type RevocationList = {
  readonly issuer: Name
  readonly serials: ReadonlySet<bigint>
  readonly algorithm: string
  /** What was signed, and the signature. */
  readonly signed: Buffer
  readonly signature: Buffer
  /** Epoch milliseconds. */
  readonly from: number
  readonly until: number | undefined
}

const armoured = /^\s*-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----\s*$/

/** The list in a PEM text or in DER; undefined if it is none, or has a critical extension that is not understood. */
export function readRevocationList(given: Uint8Array): RevocationList | undefined {
  try {
    const bytes = Buffer.from(given)
    const [, text] = armoured.exec(bytes.toString('latin1')) ?? []
    return parse(text === undefined ? bytes : fromBase64(text.replace(/\s+/g, '')))
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}

function parse(der: Buffer): RevocationList {
  const outer = takeFrom(membersOf(readDer(der)))
  const described = outer.next(0x30)
  const algorithm = outer.next(0x30)
  const { content } = outer.next(0x03)
  outer.end()
  const fields = takeFrom(membersOf(described))
  fields.maybe(0x02)
  if (!fields.next(0x30).whole.equals(algorithm.whole)) throw new DerError('Two algorithms are named.')
  const issuer = readName(fields.next(0x30))
  const from = fields.maybe(0x17, 0x18)
  const until = fields.maybe(0x17, 0x18)
  const revoked = fields.maybe(0x30)
  // Delta lists and lists of some reasons only are marked by critical extensions: they would look complete.
  const strange = extensionsIn(fields.maybe(0xa0)).filter(({ critical }) => critical)
  fields.end()
  if (!from || strange.length > 0 || content[0] !== 0) throw new DerError('The list is not understood.')
  return {
    issuer,
    serials: new Set((revoked ? membersOf(revoked) : []).map(serialIn)),
    algorithm: algorithmOf(algorithm),
    signed: described.whole,
    signature: content.subarray(1),
    from: readTime(from),
    until: until && readTime(until),
  }
}

/** 5.3: an entry of another issuer is marked critical, and refused. */
function serialIn(entry: ReturnType<typeof readDer>): bigint {
  const fields = takeFrom(membersOf(entry))
  const serial = readInteger(fields.next(0x02))
  if (!fields.maybe(0x17, 0x18)) throw new DerError('The time of a revocation is missing.')
  const extensions = fields.maybe(0x30)
  fields.end()
  for (const one of extensions ? membersOf(extensions) : [])
    if (membersOf(one)[1]?.tag === 0x01) throw new DerError('An entry is not understood.')
  return serial
}

const hashes: Readonly<Record<string, string>> = {
  ...{ '1.2.840.113549.1.1.11': 'sha256', '1.2.840.113549.1.1.12': 'sha384', '1.2.840.113549.1.1.13': 'sha512' },
  ...{ '1.2.840.10045.4.3.2': 'sha256', '1.2.840.10045.4.3.3': 'sha384', '1.2.840.10045.4.3.4': 'sha512' },
}

/** Whether this authority issued the list: by name, by right, and by signature. */
export function isIssuedBy(list: RevocationList, authority: Certificate): boolean {
  if (!list.issuer.der.equals(authority.subject.der) || !isStrongAlgorithm(list.algorithm)) return false
  if (authority.usage && !authority.usage.has(cRLSign)) return false
  try {
    return verify(hashes[list.algorithm] ?? null, list.signed, authority.key, list.signature)
  } catch {
    // A key of another kind than the algorithm's.
    return false
  }
}
