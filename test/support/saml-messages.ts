/** An identity provider as a set of functions: its keys and metadata, and responses signed and encrypted by libraries that are not ours. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { SignedXml } from 'xml-crypto'
import { selfSigned } from '../../src/protocols/certificate.ts'

export type IdpKey = { readonly privatePem: string; readonly certificate: string }

export const spEntity = 'urn:amazon:cognito:sp:us-east-1_Example'
export const acs = 'https://auth.example.com/saml2/idpresponse'
export const idpEntity = 'https://idp.example.com/metadata'
/** When everything here happens, unless a test says otherwise. */
export const noon = Date.UTC(2026, 5, 1, 12)
const minute = 60_000

export async function makeIdpKey(name = 'idp', until = noon + 1e11): Promise<IdpKey> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const certificate = await selfSigned(privatePem, { name, serial: randomBytes(16), from: noon - 1e11, until })
  return { privatePem, certificate: certificate.toString('base64') }
}

export const publicKeyOf = ({ certificate }: Pick<IdpKey, 'certificate'>): KeyObject =>
  new X509Certificate(Buffer.from(certificate, 'base64')).publicKey

export const pemOf = (certificate: string): string =>
  `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`

export type MetadataOptions = {
  entity?: string
  keys: readonly Pick<IdpKey, 'certificate'>[]
  signOn?: string
  logout?: string
  more?: string
  role?: string
}

export const makeMetadata = ({
  entity = idpEntity,
  keys,
  signOn = 'https://idp.example.com/sso',
  logout = 'https://idp.example.com/slo',
  more = '',
  role = '',
}: MetadataOptions): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${entity}"${more}>
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"${role}>
    ${keys
      .map(
        ({ certificate }) =>
          `<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>
            ${certificate.replace(/.{64}/g, '$&\n')}
          </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
      )
      .join('\n')}
    <md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${logout}"/>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${signOn}"/>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${signOn}"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>`

export type ResponseOptions = {
  nameId?: string
  nameIdXml?: string
  /** Of the response and of the confirmation; absent: the answer to no request. */
  inResponseTo?: string
  issuer?: string
  audience?: string
  recipient?: string
  destination?: string
  id?: string
  now?: number
  from?: number
  until?: number
  status?: string
  conditions?: string
  confirmation?: string
  attributes?: string
  authnStatement?: string
  responseMore?: string
  assertionMore?: string
  issued?: number
}

const at = (ms: number) => new Date(ms).toISOString()

export function assertionXml(options: ResponseOptions = {}): string {
  const { now = noon, inResponseTo, audience = spEntity, recipient = acs, issuer = idpEntity } = options
  const { from = now - minute, until = now + 5 * minute, issued = now } = options
  const answer = inResponseTo === undefined ? '' : ` InResponseTo="${inResponseTo}"`
  const conditions =
    options.conditions ??
    `<saml:Conditions NotBefore="${at(from)}" NotOnOrAfter="${at(until)}"><saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>`
  const confirmation =
    options.confirmation ??
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${at(until)}" Recipient="${recipient}"${answer}/></saml:SubjectConfirmation>`
  const name =
    options.nameIdXml ??
    `<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">${options.nameId ?? 'ada'}</saml:NameID>`
  const statement =
    options.authnStatement ??
    `<saml:AuthnStatement AuthnInstant="${at(now)}" SessionIndex="session-1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`
  const attributes =
    options.attributes ??
    '<saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string">ada@example.com</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>'
  return `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${options.id ?? '_assertion'}" IssueInstant="${at(issued)}" Version="2.0"><saml:Issuer>${issuer}</saml:Issuer><saml:Subject>${name}${confirmation}</saml:Subject>${conditions}${statement}${attributes}${options.assertionMore ?? ''}</saml:Assertion>`
}

/** A response around an assertion, which is XML as it is. */
export function responseXml(options: ResponseOptions = {}, assertion = assertionXml(options)): string {
  const { now = noon, inResponseTo, destination = acs, issuer = idpEntity } = options
  const answer = inResponseTo === undefined ? '' : ` InResponseTo="${inResponseTo}"`
  const status = options.status ?? '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>'
  return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_response" Version="2.0" IssueInstant="${at(now)}" Destination="${destination}"${answer}><saml:Issuer>${issuer}</saml:Issuer><samlp:Status>${status}</samlp:Status>${options.responseMore ?? ''}${assertion}</samlp:Response>`
}

const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'

export type SignOptions = {
  signatureAlgorithm?: string
  digestAlgorithm?: string
  transforms?: readonly string[]
  canonicalization?: string
  /** What stands in KeyInfo; the certificate of the key if absent. */
  keyInfo?: string
  prefixList?: readonly string[]
}

/** Signs the one element of that name, by xml-crypto. */
export function signXml(xml: string, element: string, key: IdpKey, options: SignOptions = {}): string {
  const signer = new SignedXml({
    privateKey: createPrivateKey(key.privatePem).export({ type: 'pkcs8', format: 'pem' }),
    signatureAlgorithm: options.signatureAlgorithm ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: (options.canonicalization ?? exclusive) as 'http://www.w3.org/2001/10/xml-exc-c14n#',
    idAttribute: 'ID',
    getKeyInfoContent: () =>
      options.keyInfo ??
      `<ds:X509Data xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Certificate>${key.certificate}</ds:X509Certificate></ds:X509Data>`,
  })
  const xpath = `//*[local-name(.)='${element}']`
  signer.addReference({
    xpath,
    digestAlgorithm: options.digestAlgorithm ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: options.transforms ?? ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', exclusive],
    ...(options.prefixList && { inclusiveNamespacesPrefixList: [...options.prefixList] }),
  })
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: `${xpath}/*[local-name(.)='Issuer']`, action: 'after' },
  })
  return signer.getSignedXml()
}

const xmlenc: { encrypt(text: string, options: object, done: (error: Error | null, xml: string) => void): void } =
  createRequire(import.meta.url)('xml-encryption')

/** The EncryptedAssertion of an assertion, by xml-encryption. */
export async function encryptXml(xml: string, key: IdpKey, options: Record<string, unknown> = {}): Promise<string> {
  const encrypted = await promisify(xmlenc.encrypt)(xml, {
    rsa_pub: publicKeyOf(key).export({ type: 'spki', format: 'pem' }),
    pem: pemOf(key.certificate),
    encryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
    keyEncryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
    disallowEncryptionWithInsecureAlgorithm: false,
    warnInsecureAlgorithm: false,
    ...options,
  })
  return `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${encrypted}</saml:EncryptedAssertion>`
}

export const encode = (xml: string): string => Buffer.from(xml).toString('base64')
