/**
 * What an X.509 certificate says, read from its bytes (RFC 5280): printed forms of names can be forged by odd characters.
 * Decides nothing; see certificate-path.ts.
 */
import { type KeyObject, X509Certificate } from 'node:crypto'
import {
  DerError,
  type Element,
  membersOf,
  readBits,
  readBoolean,
  readDer,
  readInteger,
  readOid,
  readText,
  readTime,
  takeFrom,
} from './der-reader.ts'

/** One attribute of a name, by its object identifier; without a value if that is no text. */
export type Attribute = { readonly type: string; readonly value: string | undefined }

export type Name = {
  /** In the order of the certificate. */
  readonly attributes: readonly Attribute[]
  /** The bytes, by which names are compared. */
  readonly der: Buffer
}

export type Extensions = {
  /** Undefined if basicConstraints are absent. */
  readonly authority: boolean | undefined
  /** Certificates of authorities that may stand between it and the last one. */
  readonly pathLength: number | undefined
  readonly usage: ReadonlySet<number> | undefined
  readonly dns: readonly string[]
  readonly uris: readonly string[]
  readonly directoryNames: readonly Name[]
  /** Critical ones that are not understood. */
  readonly strange: readonly string[]
}

export type Certificate = Extensions & {
  /** 3 is the one with extensions. */
  readonly version: number
  readonly serial: bigint
  readonly signatureAlgorithm: string
  readonly issuer: Name
  readonly subject: Name
  /** Epoch milliseconds. */
  readonly from: number
  readonly until: number
  readonly key: KeyObject
  readonly der: Buffer
  readonly x509: X509Certificate
}

/** Bits of KeyUsage. 4.2.1.3. */
export const digitalSignature = 0
export const keyCertSign = 5
export const cRLSign = 6

/** The certificate of these bytes. Throws DerError on anything else. */
export function readCertificate(der: Buffer): Certificate {
  const outer = takeFrom(membersOf(readDer(der)))
  const described = outer.next(0x30)
  const algorithm = outer.next(0x30)
  outer.next(0x03)
  outer.end()
  const fields = takeFrom(membersOf(described))
  const version = fields.maybe(0xa0)
  const serial = readInteger(fields.next(0x02))
  // 4.1.1.2: the algorithm stands inside what is signed too, and must be the same.
  if (!fields.next(0x30).whole.equals(algorithm.whole)) throw new DerError('Two algorithms are named.')
  const issuer = readName(fields.next(0x30))
  const [from, until] = membersOf(fields.next(0x30)).map(readTime)
  const subject = readName(fields.next(0x30))
  fields.next(0x30)
  fields.maybe(0x81)
  fields.maybe(0x82)
  const extensions = fields.maybe(0xa3)
  fields.end()
  if (from === undefined || until === undefined) throw new DerError('The validity is missing.')
  return {
    ...readExtensions(extensions),
    ...keyIn(der),
    version: version ? Number(readInteger(only(version))) + 1 : 1,
    serial,
    signatureAlgorithm: algorithmOf(algorithm),
    ...{ issuer, subject, from, until, der },
  }
}

/** OpenSSL reads the key, and refuses what it cannot. */
function keyIn(der: Buffer): Pick<Certificate, 'key' | 'x509'> {
  try {
    const x509 = new X509Certificate(der)
    return { x509, key: x509.publicKey }
  } catch {
    throw new DerError('The certificate or its key cannot be read.')
  }
}

function only(element: Element): Element {
  const [member, ...more] = membersOf(element)
  if (!member || more.length > 0) throw new DerError('One element was expected.')
  return member
}

/** The object identifier of an AlgorithmIdentifier. */
export function algorithmOf(algorithm: Element): string {
  const [id] = membersOf(algorithm)
  return id ? readOid(id) : ''
}

/** 4.1.2.4. */
export function readName(element: Element): Name {
  const attributes = membersOf(element).flatMap((set) =>
    membersOf(set).map((pair) => {
      const [type, value, ...more] = membersOf(pair)
      if (!type || !value || more.length > 0) throw new DerError('An attribute of a name is broken.')
      return { type: readOid(type), value: readText(value) }
    }),
  )
  return { attributes, der: element.whole }
}

export type Extension = { readonly id: string; readonly critical: boolean; readonly value: Buffer }

/** The extensions in their explicit wrapping. None comes twice. 4.2. */
export function extensionsIn(wrapped: Element | undefined): Extension[] {
  if (!wrapped) return []
  const list = membersOf(only(wrapped)).map((one) => {
    const parts = takeFrom(membersOf(one))
    const id = readOid(parts.next(0x06))
    const critical = parts.maybe(0x01)
    const value = parts.next(0x04).content
    parts.end()
    return { id, critical: critical !== undefined && readBoolean(critical), value }
  })
  if (new Set(list.map(({ id }) => id)).size < list.length) throw new DerError('An extension comes twice.')
  return list
}

/** Understood, or without meaning for who signs: extended key usage, policies, key identifiers. */
const harmless = new Set(['2.5.29.37', '2.5.29.32', '2.5.29.14', '2.5.29.35'])

function readExtensions(wrapped: Element | undefined): Extensions {
  const list = extensionsIn(wrapped)
  const find = (id: string) => list.find((one) => one.id === id)?.value
  const [constraints, usage, names] = ['2.5.29.19', '2.5.29.15', '2.5.29.17'].map(find)
  const known = new Set(['2.5.29.19', '2.5.29.15', '2.5.29.17', ...harmless])
  return {
    ...readConstraints(constraints),
    usage: usage && readBits(readDer(usage)),
    ...readAlternativeNames(names),
    strange: list.filter(({ id, critical }) => critical && !known.has(id)).map(({ id }) => id),
  }
}

/** 4.2.1.9. */
function readConstraints(value: Buffer | undefined): Pick<Extensions, 'authority' | 'pathLength'> {
  if (!value) return { authority: undefined, pathLength: undefined }
  const parts = takeFrom(membersOf(readDer(value)))
  const authority = parts.maybe(0x01)
  const length = parts.maybe(0x02)
  parts.end()
  return {
    authority: authority !== undefined && readBoolean(authority),
    pathLength: length && Number(readInteger(length)),
  }
}

/** The kinds of names that matter here, each in order. 4.2.1.6. */
function readAlternativeNames(value: Buffer | undefined): Pick<Extensions, 'dns' | 'uris' | 'directoryNames'> {
  const names = value ? membersOf(readDer(value)) : []
  const texts = (tag: number) =>
    names.flatMap((name) => (name.tag === tag ? [readText({ ...name, tag: 22 }) ?? ''] : []))
  return {
    dns: texts(0x82),
    uris: texts(0x86),
    directoryNames: names.filter(({ tag }) => tag === 0xa4).map((name) => readName(only(name))),
  }
}

const armoured = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g

/** The certificates in a PEM text (RFC 7468), undefined if there is anything in an armour that is none. */
export function readBundle(pem: string): Certificate[] | undefined {
  if (/-----BEGIN (?!CERTIFICATE-----)/.test(pem)) return undefined
  try {
    return [...pem.matchAll(armoured)].map(([, text = '']) => readCertificate(fromBase64(text.replace(/\s+/g, ''))))
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}

/** The bytes of a base64 text that is written as it should be. */
export function fromBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (text === '' || bytes.toString('base64') !== text) throw new DerError('The base64 is broken.')
  return bytes
}
