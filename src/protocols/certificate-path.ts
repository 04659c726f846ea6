/**
 * Whether a certificate leads to one that is trusted: RFC 5280 6.1 for certificates that sign, with the algorithms that
 * are strong today. Constraints of names and policies that are critical are not understood, so they are refused.
 */
import type { Certificate } from './x509.ts'
import { keyCertSign } from './x509.ts'

/** SHA-256 and stronger with RSA (RFC 8017) and ECDSA (RFC 5758), and ML-DSA (RFC 9881). */
const strongAlgorithms: ReadonlySet<string> = new Set([
  ...['1.2.840.113549.1.1.11', '1.2.840.113549.1.1.12', '1.2.840.113549.1.1.13'],
  ...['1.2.840.10045.4.3.2', '1.2.840.10045.4.3.3', '1.2.840.10045.4.3.4'],
  ...['2.16.840.1.101.3.4.3.17', '2.16.840.1.101.3.4.3.18', '2.16.840.1.101.3.4.3.19'],
])
const strongCurves: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

export const isStrongAlgorithm = (id: string): boolean => strongAlgorithms.has(id)

/** The upper bound keeps checks cheap: whoever asks chooses the keys. */
export function isStrongKey({ key }: Pick<Certificate, 'key'>): boolean {
  const { asymmetricKeyType: type = '', asymmetricKeyDetails: details = {} } = key
  if (type === 'rsa')
    return (
      (details.modulusLength ?? 0) >= 2048 &&
      (details.modulusLength ?? 0) <= 8192 &&
      (details.publicExponent ?? 0n) < 1n << 33n
    )
  if (type === 'ec') return strongCurves.has(details.namedCurve ?? '')
  return type.startsWith('ml-dsa-')
}

export type Flaw = 'not version 3' | 'weak algorithm' | 'weak key' | 'expired' | 'not yet valid' | 'not understood'

/** What is wrong with the certificate by itself. */
export function flawOf(certificate: Certificate, now: number): Flaw | undefined {
  if (certificate.version !== 3) return 'not version 3'
  if (!isStrongAlgorithm(certificate.signatureAlgorithm)) return 'weak algorithm'
  if (!isStrongKey(certificate)) return 'weak key'
  if (now < certificate.from) return 'not yet valid'
  // 4.1.2.5: the last second belongs to it.
  if (now >= certificate.until + 1000) return 'expired'
  return certificate.strange.length > 0 ? 'not understood' : undefined
}

/** Whether it may sign certificates. A trusted one must say so; of the others RFC 5280 asks it if they say anything. */
export const isAuthority = (certificate: Certificate, trusted: boolean): boolean =>
  certificate.authority === true && (certificate.usage?.has(keyCertSign) ?? !trusted)

const isSelfIssued = ({ issuer, subject }: Certificate) => issuer.der.equals(subject.der)

/** Signatures looked at for one path: whoever sends many certificates of one name makes no more work than this. */
const mostSignatures = 60

export type PathRequest = {
  readonly leaf: Certificate
  /** In any order; unneeded ones do no harm. The caller limits how many. */
  readonly between: readonly Certificate[]
  readonly trusted: readonly Certificate[]
  readonly now: number
  /** A certificate that its issuer took back. */
  isRevoked(certificate: Certificate, issuer: Certificate): boolean
}

export type Path =
  | { readonly certificates: readonly Certificate[] }
  /** The furthest that any path came. */
  | { readonly refusal: 'untrusted' | 'revoked' }

/** The way from the leaf to a trusted certificate, both included; what leads to none is refused. */
export function findPath(request: PathRequest): Path {
  let revoked = false
  let left = mostSignatures
  const climb = (path: readonly Certificate[]): readonly Certificate[] | undefined => {
    const last = path.at(-1) as Certificate
    // Authorities below the next one that did not issue themselves: what a path length counts.
    const below = path.slice(1).filter((one) => !isSelfIssued(one)).length
    const may = (issuer: Certificate, trusted: boolean) => {
      const lawful =
        isAuthority(issuer, trusted) &&
        (issuer.pathLength === undefined || below <= issuer.pathLength) &&
        flawOf(issuer, request.now) === undefined &&
        issuer.subject.der.equals(last.issuer.der) &&
        left-- > 0 &&
        last.x509.verify(issuer.key)
      if (!lawful || !request.isRevoked(last, issuer)) return lawful
      revoked = true
      return false
    }
    const end = request.trusted.find((one) => may(one, true))
    if (end) return [...path, end]
    for (const one of request.between) {
      if (path.some((before) => before.der.equals(one.der)) || !may(one, false)) continue
      const found = climb([...path, one])
      if (found) return found
    }
    return undefined
  }
  const certificates = climb([request.leaf])
  return certificates ? { certificates } : { refusal: revoked ? 'revoked' : 'untrusted' }
}
