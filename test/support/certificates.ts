/** Certificates and revocation lists of every shape, lawful or not, put together byte by byte. */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { printCertificate } from '../../src/protocols/certificate-authority.ts'
import { element, octets, oid, sequence, time, yes } from '../../src/protocols/der.ts'

export type KeyKind = 'ec' | 'p384' | 'rsa' | 'rsa1024' | 'ml-dsa-65'

const makers: Record<KeyKind, () => KeyObject> = {
  ec: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  p384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  rsa1024: () => generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
  'ml-dsa-65': () => generateKeyPairSync('ml-dsa-65').privateKey,
}
export const makeKey = (kind: KeyKind = 'ec'): KeyObject => makers[kind]()

const names: Record<string, string> = {
  CN: '550403',
  SN: '550404',
  C: '550406',
  L: '550407',
  ST: '550408',
  O: '55040a',
  OU: '55040b',
  UID: '0992268993f22c640101',
}

/** A value is UTF-8 text, or an element as it is. */
export type NameParts = readonly (readonly [type: string, value: string | Buffer])[]

export const nameOf = (parts: NameParts): Buffer =>
  sequence(
    ...parts.map(([type, value]) =>
      element(
        0x31,
        sequence(oid(names[type] ?? type), typeof value === 'string' ? element(0x0c, Buffer.from(value)) : value),
      ),
    ),
  )

const nullElement = element(0x05)
const algorithms: Record<string, { id: Buffer; hash: string | null }> = {
  rsa: { id: sequence(oid('2a864886f70d01010b'), nullElement), hash: 'sha256' },
  'rsa-sha1': { id: sequence(oid('2a864886f70d010105'), nullElement), hash: 'sha1' },
  ec: { id: sequence(oid('2a8648ce3d040302')), hash: 'sha256' },
  'ec-sha1': { id: sequence(oid('2a8648ce3d0401')), hash: 'sha1' },
  'ml-dsa-65': { id: sequence(oid('608648016503040312')), hash: null },
}

function signed(described: (algorithm: Buffer) => Buffer, key: KeyObject, weak = false): Buffer {
  const { id, hash } = algorithms[`${key.asymmetricKeyType}${weak ? '-sha1' : ''}`]!
  const text = described(id)
  return sequence(text, id, element(0x03, Buffer.from([0]), sign(hash, text, key)))
}

const extension = (id: string, value: Buffer, critical = false) =>
  sequence(oid(id), ...(critical ? [yes] : []), octets(value))

const integer = (value: bigint) => {
  const hex = value.toString(16)
  const even = hex.length % 2 === 0 ? hex : `0${hex}`
  return element(0x02, Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex'))
}

const bitsOf = (bits: readonly number[]) => {
  const bytes = [0, 0]
  for (const bit of bits) bytes[bit >> 3]! |= 0x80 >> (bit & 7)
  return element(0x03, Buffer.from([0, ...bytes]))
}

export type Wish = {
  readonly subject?: NameParts
  readonly key?: KeyObject
  readonly serial?: bigint
  readonly from?: number
  readonly until?: number
  readonly version?: 1 | 3
  /** basicConstraints; absent if undefined. */
  readonly authority?: boolean
  readonly pathLength?: number
  /** Bits of keyUsage; absent if undefined. */
  readonly usage?: readonly number[]
  /** Elements of subjectAltName. */
  readonly alternatives?: readonly Buffer[]
  readonly extensions?: readonly Buffer[]
  readonly weak?: boolean
}

export type Made = { readonly der: Buffer; readonly pem: string; readonly key: KeyObject; readonly subject: NameParts }

let last = 4096n

/** A certificate; signed by itself without an issuer. Times are around `now`. */
export function certify(wish: Wish, issuer?: Pick<Made, 'key' | 'subject'>, now = Date.now()): Made {
  const key = wish.key ?? makeKey()
  const subject = wish.subject ?? [['CN', 'somebody']]
  const by = issuer ?? { key, subject }
  const list = [
    ...(wish.authority === undefined
      ? []
      : [
          extension(
            '551d13',
            sequence(
              ...(wish.authority ? [yes] : []),
              ...(wish.pathLength === undefined ? [] : [integer(BigInt(wish.pathLength))]),
            ),
            true,
          ),
        ]),
    ...(wish.usage ? [extension('551d0f', bitsOf(wish.usage), true)] : []),
    ...(wish.alternatives ? [extension('551d11', sequence(...wish.alternatives))] : []),
    ...(wish.extensions ?? []),
  ]
  const der = signed(
    (algorithm) =>
      sequence(
        ...(wish.version === 1 ? [] : [element(0xa0, element(0x02, Buffer.from([2])))]),
        integer(wish.serial ?? ++last),
        algorithm,
        nameOf(by.subject),
        sequence(time(wish.from ?? now - 60_000), time(wish.until ?? now + 365 * 86_400_000)),
        nameOf(subject),
        createPublicKey(key).export({ type: 'spki', format: 'der' }),
        ...(wish.version === 1 || list.length === 0 ? [] : [element(0xa3, sequence(...list))]),
      ),
    by.key,
    wish.weak,
  )
  return { der, pem: printCertificate(der), key, subject }
}

export const [digitalSignature, keyCertSign, cRLSign] = [0, 5, 6]

/** An authority: its own, or below another. */
export const makeAuthority = (name: string, wish: Wish = {}, issuer?: Made): Made =>
  certify({ subject: [['CN', name]], authority: true, usage: [keyCertSign, cRLSign], ...wish }, issuer)

/** The certificate of a device. */
export const makeLeaf = (issuer: Made, wish: Wish = {}): Made =>
  certify({ authority: false, usage: [digitalSignature], ...wish }, issuer)

export const dnsName = (name: string): Buffer => element(0x82, Buffer.from(name))
export const uriName = (uri: string): Buffer => element(0x86, Buffer.from(uri))
export const directoryName = (parts: NameParts): Buffer => element(0xa4, nameOf(parts))
/** An extension nobody knows. */
export const strange = (critical: boolean): Buffer => extension('2a0304', element(0x05), critical)

/** A revocation list in PEM. */
export function revoke(issuer: Made, serials: readonly bigint[], now = Date.now()): string {
  const entries = serials.map((serial) => sequence(integer(serial), time(now)))
  const der = signed(
    (algorithm) =>
      sequence(
        integer(1n),
        algorithm,
        nameOf(issuer.subject),
        time(now - 60_000),
        time(now + 86_400_000),
        ...(entries.length > 0 ? [sequence(...entries)] : []),
      ),
    issuer.key,
  )
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN X509 CRL-----\n${lines.join('\n')}\n-----END X509 CRL-----\n`
}
