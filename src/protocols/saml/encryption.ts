/**
 * Opens an encrypted assertion with the one private key that its certificate was given out for. Which step failed is not
 * told: whoever could tell a bad padding from a bad text could read the message by asking often enough. XML Encryption 1.1.
 */
import { createRequire } from 'node:module'
import { refuse, SamlError } from './error.ts'
import { assertionNamespace, readText } from './message.ts'
import { decodeBase64, dsig } from './signature.ts'
import { allElements, attributeOf, childNamed, elementsOf, isNamed, textOf, type XmlElement } from './xml.ts'

type Decrypt = (
  xml: string,
  options: { key: string; disallowDecryptionWithInsecureAlgorithm: boolean; warnInsecureAlgorithm: boolean },
  done: (error: Error | null, text?: string) => void,
) => void

// The package has no types. It is loaded when the first encrypted assertion comes.
const load = createRequire(import.meta.url)

const xenc = 'http://www.w3.org/2001/04/xmlenc#'
const xenc11 = 'http://www.w3.org/2009/xmlenc11#'

/**
 * CBC is what most identity providers use; it protects nothing against change, the signature inside does. RSA with the
 * padding of PKCS #1 v1.5 is left out: every failure of it is an oracle (Bleichenbacher).
 */
const contentMethods: ReadonlySet<string> = new Set([
  `${xenc}aes128-cbc`,
  `${xenc}aes256-cbc`,
  `${xenc11}aes128-gcm`,
  `${xenc11}aes256-gcm`,
])
const keyMethods: ReadonlySet<string> = new Set([`${xenc}rsa-oaep-mgf1p`, `${xenc11}rsa-oaep`])
const digestMethods: ReadonlySet<string> = new Set([`${dsig}sha1`, `${xenc}sha256`, `${xenc}sha512`])
const maskMethods: ReadonlySet<string> = new Set(['1', '224', '256', '384', '512'].map((n) => `${xenc11}mgf1sha${n}`))

/** The assertion inside of an EncryptedAssertion, as its own document. */
export function openAssertion(encrypted: XmlElement, privatePem: string): XmlElement {
  const chosen = chooseParts(encrypted)
  const failed = new SamlError('encryption', 'The assertion cannot be decrypted.')
  let text: string | undefined
  const options = { key: privatePem, disallowDecryptionWithInsecureAlgorithm: false, warnInsecureAlgorithm: false }
  const { decrypt } = load('xml-encryption') as { decrypt: Decrypt }
  // Calls back before it returns.
  decrypt(chosen, options, (error, opened) => {
    text = error ? undefined : opened
  })
  try {
    const assertion = readText(text ?? '')
    if (isNamed(assertion, assertionNamespace, 'Assertion')) return assertion
  } catch {
    throw failed
  }
  throw failed
}

/** What the package gets to see: the one key and the one content, their algorithms from our lists, and nothing else. */
function chooseParts(encrypted: XmlElement): string {
  const data = childNamed(encrypted, xenc, 'EncryptedData') ?? shape()
  const [key, ...others] = [...allElements(encrypted)].filter((one) => isNamed(one, xenc, 'EncryptedKey'))
  if (!key || others.length > 0) shape()
  const info = childNamed(data, dsig, 'KeyInfo')
  // In the KeyInfo of the data, or beside the data. SAML Core 2.2.4.
  if (![...(info ? elementsOf(info) : []), ...elementsOf(encrypted)].includes(key)) shape()
  const transport = childNamed(key, xenc, 'EncryptionMethod') ?? shape()
  const content = childNamed(data, xenc, 'EncryptionMethod') ?? shape()
  const digest = childNamed(transport, dsig, 'DigestMethod')
  const mask = childNamed(transport, xenc11, 'MGF')
  const label = childNamed(transport, xenc, 'OAEPparams')
  return [
    '<EncryptedData>',
    `<EncryptionMethod Algorithm="${listed(content, contentMethods)}"/><KeyInfo><EncryptedKey>`,
    `<EncryptionMethod Algorithm="${listed(transport, keyMethods)}">`,
    digest ? `<DigestMethod Algorithm="${listed(digest, digestMethods)}"/>` : '',
    mask ? `<MGF Algorithm="${listed(mask, maskMethods)}"/>` : '',
    label ? `<OAEPparams>${decodeBase64(textOf(label)).toString('base64')}</OAEPparams>` : '',
    `</EncryptionMethod>${cipher(key)}</EncryptedKey></KeyInfo>${cipher(data)}`,
    '</EncryptedData>',
  ].join('')
}

function shape(): never {
  refuse('shape', 'An encrypted assertion is not made of one content and one key.')
}

function listed(method: XmlElement, accepted: ReadonlySet<string>): string {
  const name = attributeOf(method, 'Algorithm') ?? ''
  if (!accepted.has(name)) refuse('algorithm', `${name.slice(0, 100)} is not accepted for encryption.`)
  return name
}

function cipher(element: XmlElement): string {
  const data = childNamed(element, xenc, 'CipherData') ?? shape()
  const value = childNamed(data, xenc, 'CipherValue') ?? shape()
  return `<CipherData><CipherValue>${decodeBase64(textOf(value)).toString('base64')}</CipherValue></CipherData>`
}
