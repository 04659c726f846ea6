/**
 * Checks an enveloped XML signature over one element of SAML, with keys we were given, never with those of the message, and
 * hands back what was signed: the canonical text, and the element that this text is when it is read again. Who reads only
 * that cannot be shown one element and have the signature checked over another. SAML Core 5.4; XML Signature 3.2.
 */
import { constants, createHash, type KeyObject, timingSafeEqual, verify } from 'node:crypto'
import { canonical, exclusiveCanonicalization, prefixListOf } from './canonical.ts'
import { refuse, SamlError } from './error.ts'
import { attributeOf, childrenNamed, elementsOf, isNamed, readXml, textOf, type XmlElement } from './xml.ts'

export const dsig = 'http://www.w3.org/2000/09/xmldsig#'
const envelopedSignature = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

type SignatureMethod = {
  readonly key: 'rsa' | 'ec'
  readonly hash: 'sha256' | 'sha384' | 'sha512'
  readonly pss?: true
}

const more = 'http://www.w3.org/2001/04/xmldsig-more#'
const newer = 'http://www.w3.org/2007/05/xmldsig-more#'

/** What is accepted. SHA-1 and MD5 are not, and no setting brings them back; neither is anything with a shared secret. */
const signatureMethods: ReadonlyMap<string, SignatureMethod> = new Map<string, SignatureMethod>([
  [`${more}rsa-sha256`, { key: 'rsa', hash: 'sha256' }],
  [`${more}rsa-sha384`, { key: 'rsa', hash: 'sha384' }],
  [`${more}rsa-sha512`, { key: 'rsa', hash: 'sha512' }],
  [`${newer}sha256-rsa-MGF1`, { key: 'rsa', hash: 'sha256', pss: true }],
  [`${newer}sha384-rsa-MGF1`, { key: 'rsa', hash: 'sha384', pss: true }],
  [`${newer}sha512-rsa-MGF1`, { key: 'rsa', hash: 'sha512', pss: true }],
  [`${more}ecdsa-sha256`, { key: 'ec', hash: 'sha256' }],
  [`${more}ecdsa-sha384`, { key: 'ec', hash: 'sha384' }],
  [`${more}ecdsa-sha512`, { key: 'ec', hash: 'sha512' }],
])

const digestMethods: ReadonlyMap<string, string> = new Map([
  ['http://www.w3.org/2001/04/xmlenc#sha256', 'sha256'],
  [`${more}sha384`, 'sha384'],
  ['http://www.w3.org/2001/04/xmlenc#sha512', 'sha512'],
])

const algorithm = (name: string | undefined): never =>
  refuse('algorithm', `The algorithm ${name?.slice(0, 100) ?? '(none)'} is not accepted.`)

/** The signature that is a child of the element; undefined if there is none. Two are refused. */
export function signatureOf(element: XmlElement): XmlElement | undefined {
  const [signature, ...others] = childrenNamed(element, dsig, 'Signature')
  return others.length > 0 ? refuse('shape', 'An element is signed twice.') : signature
}

/** What the signature, a child of the element, is over; refuses whatever does not verify with one of the keys. */
export function readSigned(element: XmlElement, signature: XmlElement, keys: readonly KeyObject[]): XmlElement {
  const [info, value, ...rest] = elementsOf(signature)
  const known = rest.length === 0 || (rest.length === 1 && rest[0] && isNamed(rest[0], dsig, 'KeyInfo'))
  if (!info || !value || !isNamed(info, dsig, 'SignedInfo') || !isNamed(value, dsig, 'SignatureValue') || !known)
    return refuse('shape', 'A signature is not made of one SignedInfo, one value and perhaps a KeyInfo.')
  const signedInfo = canonicalInfo(info)
  const reference = readInfo(readXml(signedInfo))
  const id = attributeOf(element, 'ID')
  if (!id || reference.uri !== `#${id}`) refuse('signature', 'A signature is not over the element that it stands in.')
  if (!isSigned(reference.method, keys, Buffer.from(signedInfo), decodeBase64(textOf(value))))
    refuse('signature', 'The signature does not verify.')
  const text = canonical(element, { inclusive: reference.inclusive, without: signature })
  const digest = createHash(reference.hash).update(text).digest()
  if (digest.length !== reference.digest.length || !timingSafeEqual(digest, reference.digest))
    refuse('signature', 'What was signed is not what came.')
  return readXml(text)
}

/** Its own canonicalisation is the one thing that must be read before anything is verified; there is only one. */
function canonicalInfo(info: XmlElement): string {
  const [method] = childrenNamed(info, dsig, 'CanonicalizationMethod')
  const name = method && attributeOf(method, 'Algorithm')
  if (!method || name !== exclusiveCanonicalization) return algorithm(name)
  return canonical(info, { inclusive: prefixListOf(method) ?? algorithm(name) })
}

type Reference = {
  readonly method: SignatureMethod
  readonly uri: string
  readonly inclusive: readonly string[]
  readonly hash: string
  readonly digest: Buffer
}

/** From the canonical SignedInfo, read again: exactly three children, exactly one reference. */
function readInfo(info: XmlElement): Reference {
  const [canonicalization, signatureMethod, reference, ...others] = elementsOf(info)
  if (!canonicalization || !signatureMethod || !reference || others.length > 0)
    return refuse('shape', 'A SignedInfo has not exactly one reference.')
  const names = [canonicalization, signatureMethod, reference]
  if (!['CanonicalizationMethod', 'SignatureMethod', 'Reference'].every((name, i) => isNamed(names[i]!, dsig, name)))
    return refuse('shape', 'A SignedInfo has not exactly one reference.')
  const method = methodNamed(attributeOf(signatureMethod, 'Algorithm'))
  const [transforms, digestMethod, digestValue, ...rest] = elementsOf(reference)
  if (!transforms || !digestMethod || !digestValue || rest.length > 0)
    return refuse('shape', 'A reference has not exactly transforms, a digest method and a digest.')
  const parts = [transforms, digestMethod, digestValue]
  if (!['Transforms', 'DigestMethod', 'DigestValue'].every((name, i) => isNamed(parts[i]!, dsig, name)))
    return refuse('shape', 'A reference has not exactly transforms, a digest method and a digest.')
  const hashName = attributeOf(digestMethod, 'Algorithm')
  return {
    method,
    uri: attributeOf(reference, 'URI') ?? '',
    inclusive: readTransforms(transforms),
    hash: digestMethods.get(hashName ?? '') ?? algorithm(hashName),
    digest: decodeBase64(textOf(digestValue)),
  }
}

/** SAML Core 5.4.4: the signature is left out, the rest is canonicalised exclusively; nothing else, in this order. */
function readTransforms(transforms: XmlElement): readonly string[] {
  const [enveloped, exclusive, ...others] = elementsOf(transforms)
  const names = [enveloped, exclusive].map((one) => one && attributeOf(one, 'Algorithm'))
  if (!exclusive || others.length > 0 || names[0] !== envelopedSignature || names[1] !== exclusiveCanonicalization)
    return refuse('algorithm', 'A signature transforms what it signs in another way than SAML has it.')
  return prefixListOf(exclusive) ?? algorithm(names[1])
}

export const methodNamed = (name: string | undefined): SignatureMethod =>
  signatureMethods.get(name ?? '') ?? algorithm(name)

/** Whether one of the keys made the signature. Keys of another kind, and RSA keys below 2048 bits, make none. */
export function isSigned(
  { key: kind, hash, pss }: SignatureMethod,
  keys: readonly KeyObject[],
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const options = {
    ...(pss && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }),
    // RFC 9231 2.3.6: r and s side by side.
    ...(kind === 'ec' && { dsaEncoding: 'ieee-p1363' as const }),
  }
  return keys.some((key) => {
    const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
    if (key.asymmetricKeyType !== kind || (kind === 'rsa' && modulusLength < 2048)) return false
    try {
      return verify(hash, data, { key, ...options }, signature)
    } catch {
      return false
    }
  })
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/

/** XML Schema's base64Binary: white space anywhere, nothing else. */
export function decodeBase64(text: string): Buffer {
  const packed = text.replace(/[ \t\r\n]+/g, '')
  if (!base64.test(packed) || packed.length % 4 !== 0) throw new SamlError('malformed', 'A value is not base64.')
  return Buffer.from(packed, 'base64')
}
