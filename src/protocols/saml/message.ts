/** What all SAML messages share: how they are packed, that no two elements have one id, who sent them and what came of it. */
import { refuse, SamlError } from './error.ts'
import { decodeBase64 } from './signature.ts'
import { allElements, attributeOf, childNamed, readXml, textOf, type XmlElement, type XmlLimits } from './xml.ts'

export const protocol = 'urn:oasis:names:tc:SAML:2.0:protocol'
export const assertionNamespace = 'urn:oasis:names:tc:SAML:2.0:assertion'
export const metadataNamespace = 'urn:oasis:names:tc:SAML:2.0:metadata'

export const bindings = {
  redirect: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
  post: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
} as const

/** AWS: the encoded response has at most 100,000 characters. */
const longestEncoded = 100_000

/** The root of a message as the POST binding carries it. Bindings 3.5.4. */
export function readMessage(encoded: string): XmlElement {
  if (encoded.length > longestEncoded) refuse('too-large', `The message has ${encoded.length} characters.`)
  return readText(readUtf8(decodeBase64(encoded)))
}

/** The root of XML whose ids are all different. */
export function readText(text: string, limits?: XmlLimits): XmlElement {
  const root = readXml(text, limits)
  refuseRepeatedIds(root)
  return root
}

export function readUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new SamlError('malformed', 'The message is not UTF-8.')
  }
}

/** `ID` of SAML, `Id` of XML Signature and Encryption, `xml:id`: whatever a reference might mean. */
function refuseRepeatedIds(root: XmlElement) {
  const seen = new Set<string>()
  for (const { attributes } of allElements(root))
    for (const { local, value } of attributes)
      if (local.toLowerCase() === 'id') {
        if (seen.has(value)) refuse('duplicate-id', 'Two elements have the same id.')
        seen.add(value)
      }
}

export const issuerOf = (element: XmlElement): string | undefined => {
  const issuer = childNamed(element, assertionNamespace, 'Issuer')
  return issuer && textOf(issuer).trim()
}

export const needAttribute = (element: XmlElement, name: string): string =>
  attributeOf(element, name) || refuse('shape', `${element.local} has no ${name}.`)

const success = 'urn:oasis:names:tc:SAML:2.0:status:Success'

/** Refuses a response whose status is not success. Core 3.2.2. */
export function checkStatus(response: XmlElement): void {
  const status = childNamed(response, protocol, 'Status')
  const code = status && childNamed(status, protocol, 'StatusCode')
  if (!code) refuse('shape', 'The response has no status.')
  const value = attributeOf(code, 'Value') ?? ''
  if (value === success) return
  const inner = childNamed(code, protocol, 'StatusCode')
  const named = (inner && attributeOf(inner, 'Value')) || value
  const short = named.slice(0, 200).replace(/^urn:oasis:names:tc:SAML:2\.0:status:/, '')
  throw new SamlError('status', `The identity provider answered ${JSON.stringify(short)}.`, short)
}
