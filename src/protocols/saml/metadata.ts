/**
 * What an identity provider's metadata says: who it is, where it is asked, and the certificates whose keys sign for it.
 * Metadata without a key to verify with is no metadata. SAML Metadata 2.4.
 */
import { type KeyObject, X509Certificate } from 'node:crypto'
import { refuse, SamlError } from './error.ts'
import { bindings, metadataNamespace, protocol, readText } from './message.ts'
import { decodeBase64, dsig } from './signature.ts'
import { readTime } from './time.ts'
import { attributeOf, childrenNamed, isNamed, textOf, type XmlElement, type XmlLimits } from './xml.ts'

export type SamlMetadata = {
  readonly entityId: string
  /** Of every certificate; several while the provider changes its key. */
  readonly signingKeys: readonly KeyObject[]
  /** Epoch milliseconds: when the first and the last of the certificates end. */
  readonly certificatesEnd: { readonly first: number; readonly last: number }
  readonly signOn: { readonly redirect?: string; readonly post?: string }
  readonly logout: { readonly redirect?: string; readonly post?: string }
  /** Where answers to a logout request go. */
  readonly logoutResponse: { readonly redirect?: string; readonly post?: string }
  readonly wantsSignedRequests: boolean
  /** Epoch milliseconds. */
  readonly validUntil: number | undefined
}

/** A file may hold many providers, as those of a federation do; the one that counts must be the only one. */
const metadataLimits: XmlLimits = {
  characters: 1_048_576,
  depth: 32,
  elements: 20_000,
  attributes: 60,
  namespaces: 100,
}

/** AWS: a certificate in metadata has at most 4,096 characters. */
const longestCertificate = 4_096

export function readMetadata(text: string): SamlMetadata {
  const root = readText(text, metadataLimits)
  const entity = onlyProvider(root)
  const role = roleOf(entity) as XmlElement
  const certificates = certificatesOf(role)
  const ends = certificates.map(({ validTo }) => Date.parse(validTo))
  const until = [entity, role, root].map((one) => attributeOf(one, 'validUntil')).filter((one) => one !== undefined)
  const logout = endpoints(role, 'SingleLogoutService')
  return {
    entityId: attributeOf(entity, 'entityID') || bad('The metadata has no entityID.'),
    signingKeys: certificates.map(({ publicKey }) => publicKey),
    certificatesEnd: { first: Math.min(...ends), last: Math.max(...ends) },
    signOn: locations(endpoints(role, 'SingleSignOnService')),
    logout: locations(logout),
    logoutResponse: locations(logout, 'ResponseLocation'),
    wantsSignedRequests: ['true', '1'].includes(attributeOf(role, 'WantAuthnRequestsSigned') ?? ''),
    validUntil: until.length > 0 ? Math.min(...until.map(readTime)) : undefined,
  }
}

const bad = (what: string) => refuse('metadata', what)

const speaksSaml2 = (role: XmlElement) =>
  (attributeOf(role, 'protocolSupportEnumeration') ?? '').split(/\s+/).includes(protocol)

const roleOf = (entity: XmlElement) =>
  childrenNamed(entity, metadataNamespace, 'IDPSSODescriptor').filter(speaksSaml2)[0]

/** The entity that is an identity provider of SAML 2.0. */
function onlyProvider(root: XmlElement): XmlElement {
  const all = entitiesOf(root).filter((entity) => roleOf(entity) !== undefined)
  const [only, ...others] = all
  if (!only || others.length > 0) return bad(`The metadata describes ${all.length} identity providers, not one.`)
  return only
}

function entitiesOf(element: XmlElement): XmlElement[] {
  if (isNamed(element, metadataNamespace, 'EntityDescriptor')) return [element]
  if (!isNamed(element, metadataNamespace, 'EntitiesDescriptor')) return bad('The XML is no SAML metadata.')
  const nested = ['EntityDescriptor', 'EntitiesDescriptor'].flatMap((name) =>
    childrenNamed(element, metadataNamespace, name),
  )
  return nested.flatMap(entitiesOf)
}

/** A key without a use is for both. Metadata 2.4.1.1. A certificate that cannot be read is refused, not passed over. */
function certificatesOf(role: XmlElement): X509Certificate[] {
  const certificates = childrenNamed(role, metadataNamespace, 'KeyDescriptor')
    .filter((one) => ['signing', undefined].includes(attributeOf(one, 'use')))
    .flatMap((one) => childrenNamed(one, dsig, 'KeyInfo'))
    .flatMap((one) => childrenNamed(one, dsig, 'X509Data'))
    .flatMap((one) => childrenNamed(one, dsig, 'X509Certificate'))
    .map(readCertificate)
  return certificates.length > 0 ? certificates : bad('The metadata has no signing certificate.')
}

function readCertificate(element: XmlElement): X509Certificate {
  const text = textOf(element)
  if (text.replace(/\s+/g, '').length > longestCertificate) bad('A certificate of the metadata is too long.')
  try {
    const certificate = new X509Certificate(decodeBase64(text))
    const { asymmetricKeyType } = certificate.publicKey
    if (asymmetricKeyType === 'rsa' || asymmetricKeyType === 'ec') return certificate
  } catch {
    return bad('A certificate of the metadata cannot be read.')
  }
  return bad('A certificate of the metadata is for a kind of key that is not accepted.')
}

const endpoints = (role: XmlElement, name: string) => childrenNamed(role, metadataNamespace, name)

type Locations = { readonly redirect?: string; readonly post?: string }

function locations(services: readonly XmlElement[], preferred = 'Location'): Locations {
  const at = (binding: string) => {
    const service = services.find((one) => attributeOf(one, 'Binding') === binding)
    if (!service) return undefined
    return checkedUrl(attributeOf(service, preferred) ?? attributeOf(service, 'Location') ?? '')
  }
  return { redirect: at(bindings.redirect), post: at(bindings.post) }
}

/** Browsers are sent there: nothing but the web. */
function checkedUrl(location: string): string {
  const url = URL.canParse(location) ? new URL(location) : undefined
  const right = url && ['https:', 'http:'].includes(url.protocol) && !url.hash && !url.username && !url.password
  return right ? location : bad('An address of the metadata is not one of the web.')
}

/** What stands in the way of metadata at this time: that it, or all its certificates, have ended. */
export function checkCurrent({ validUntil, certificatesEnd }: SamlMetadata, now: number): void {
  if (validUntil !== undefined && validUntil <= now) throw new SamlError('metadata', 'The metadata has ended.')
  if (certificatesEnd.last <= now) throw new SamlError('metadata', 'The signing certificate has ended.')
}
