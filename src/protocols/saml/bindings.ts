/** How messages travel through a browser: in a query, deflated, with the signature beside them (Bindings 3.4), or in a form, with it inside (3.5). */
import { createHash, type KeyObject } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { canonical, exclusiveCanonicalization } from './canonical.ts'
import { refuse, SamlError } from './error.ts'
import { readText, readUtf8 } from './message.ts'
import { decodeBase64, dsig, isSigned, methodNamed } from './signature.ts'
import { messageLimits, readXml, type XmlElement } from './xml.ts'

const rsaSha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'

/** RSASSA-PKCS1-v1_5 with SHA-256 over the text. */
export type Sign = (text: string) => Promise<Uint8Array>

export type Sent = {
  readonly name: 'SAMLRequest' | 'SAMLResponse'
  readonly xml: string
  readonly relayState?: string | undefined
}

/** The address to send a browser to. Signed over the very characters that the address has: Bindings 3.4.4.1. */
export async function redirectTo(location: string, { name, xml, relayState }: Sent, sign?: Sign): Promise<string> {
  const pairs: [string, string][] = [[name, deflateRawSync(xml).toString('base64')]]
  if (relayState !== undefined) pairs.push(['RelayState', relayState])
  if (sign) pairs.push(['SigAlg', rsaSha256])
  const query = pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')
  const signature = sign && encodeURIComponent(Buffer.from(await sign(query)).toString('base64'))
  return `${location}${location.includes('?') ? '&' : '?'}${query}${signature === undefined ? '' : `&Signature=${signature}`}`
}

/** The message with a signature of ours inside, after its issuer. `xml` is one of requests.ts. */
export async function signInside(xml: string, id: string, sign: Sign): Promise<string> {
  const digest = createHash('sha256')
    .update(canonical(readXml(xml)))
    .digest('base64')
  // In canonical form as it is written: that is what the signature is over.
  const info =
    `<ds:SignedInfo xmlns:ds="${dsig}"><ds:CanonicalizationMethod Algorithm="${exclusiveCanonicalization}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${rsaSha256}"></ds:SignatureMethod><ds:Reference URI="#${id}"><ds:Transforms>` +
    `<ds:Transform Algorithm="${dsig}enveloped-signature"></ds:Transform><ds:Transform Algorithm="${exclusiveCanonicalization}"></ds:Transform>` +
    `</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>` +
    `<ds:DigestValue>${digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>`
  const value = Buffer.from(await sign(info)).toString('base64')
  const signature = `<ds:Signature xmlns:ds="${dsig}">${info}<ds:SignatureValue>${value}</ds:SignatureValue></ds:Signature>`
  return xml.replace('</saml:Issuer>', (end) => `${end}${signature}`)
}

/** The parameters of a query as they stand there, still encoded; a repeated one is refused. */
function rawParameters(query: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const pair of query.split('&')) {
    const mark = pair.indexOf('=')
    const name = mark < 0 ? pair : pair.slice(0, mark)
    if (found.has(name)) refuse('malformed', 'A parameter came twice.')
    found.set(name, mark < 0 ? '' : pair.slice(mark + 1))
  }
  return found
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new SamlError('malformed', 'A parameter is not encoded as it must be.')
  }
}

/**
 * The message of a query, its signature verified with one of the keys, over the characters as they came and in the
 * order that SAML prescribes, whatever the order in the query is.
 */
export function readRedirect(query: string, name: Sent['name'], keys: readonly KeyObject[]): XmlElement {
  const given = rawParameters(query)
  const [message, algorithm, signature] = [given.get(name), given.get('SigAlg'), given.get('Signature')]
  if (message === undefined) return refuse('malformed', `The query has no ${name}.`)
  if (algorithm === undefined || signature === undefined) return refuse('unsigned', 'The message is not signed.')
  const signed = [name, 'RelayState', 'SigAlg']
    .filter((one) => given.has(one))
    .map((one) => `${one}=${given.get(one)}`)
    .join('&')
  const method = methodNamed(decodePart(algorithm))
  if (!isSigned(method, keys, Buffer.from(signed), decodeBase64(decodePart(signature))))
    return refuse('signature', 'The signature does not verify.')
  return readText(readUtf8(inflate(decodeBase64(decodePart(message)))))
}

/** A few bytes can be inflated to gigabytes; what is longer than a message may be is not inflated. */
export function inflate(bytes: Uint8Array): Buffer {
  try {
    return inflateRawSync(bytes, { maxOutputLength: messageLimits.characters })
  } catch {
    throw new SamlError('malformed', 'The message cannot be inflated, or is too long.')
  }
}
