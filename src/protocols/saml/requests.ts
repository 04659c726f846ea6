/** The messages that we write: requests to sign in and to sign out, answers to the latter, and our own metadata. */
import { assertionNamespace, bindings, metadataNamespace, protocol } from './message.ts'
import { dsig } from './signature.ts'
import { printTime } from './time.ts'
import { escapeXml } from './xml.ts'

type Common = {
  /** `_` and something unguessable; SAML wants it to begin like a name. */
  readonly id: string
  /** Epoch milliseconds. */
  readonly now: number
  readonly destination: string
  /** Our entity id. */
  readonly issuer: string
}

const attributes = (values: Readonly<Record<string, string | undefined>>) =>
  Object.entries(values)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escapeXml(value)}"`))
    .join('')

const message = (
  name: string,
  { id, now, destination, issuer }: Common,
  more: Record<string, string>,
  inside: string,
) =>
  `<samlp:${name} xmlns:samlp="${protocol}" xmlns:saml="${assertionNamespace}"` +
  attributes({ ID: id, Version: '2.0', IssueInstant: printTime(now), Destination: destination, ...more }) +
  `><saml:Issuer>${escapeXml(issuer)}</saml:Issuer>${inside}</samlp:${name}>`

/** unproved: what else AWS's request has; these are what Profiles 4.1.4.1 asks for. No NameIDPolicy: AWS leaves the format open. */
export const printAuthnRequest = (common: Common & { readonly acs: string; readonly forceAuthn?: boolean }): string =>
  message(
    'AuthnRequest',
    common,
    {
      AssertionConsumerServiceURL: common.acs,
      ProtocolBinding: bindings.post,
      ...(common.forceAuthn && { ForceAuthn: 'true' }),
    },
    '',
  )

/** Whom a session at the identity provider is of; what it said at sign-in, word for word. */
export type SamlSession = {
  readonly nameId: string
  readonly nameIdFormat?: string | undefined
  readonly nameQualifier?: string | undefined
  readonly spNameQualifier?: string | undefined
  readonly sessionIndex?: string | undefined
}

/** Core 3.7.1, Profiles 4.4.4.1. */
export function printLogoutRequest(common: Common & SamlSession): string {
  const { nameId, nameIdFormat, nameQualifier, spNameQualifier, sessionIndex } = common
  const named = attributes({
    NameQualifier: nameQualifier,
    SPNameQualifier: spNameQualifier,
    Format: nameIdFormat,
  })
  const index = sessionIndex === undefined ? '' : `<samlp:SessionIndex>${escapeXml(sessionIndex)}</samlp:SessionIndex>`
  return message('LogoutRequest', common, {}, `<saml:NameID${named}>${escapeXml(nameId)}</saml:NameID>${index}`)
}

export const printLogoutResponse = (
  common: Common & { readonly inResponseTo: string; readonly done: boolean },
): string =>
  message(
    'LogoutResponse',
    common,
    { InResponseTo: common.inResponseTo },
    `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${common.done ? 'Success' : 'Requester'}"/></samlp:Status>`,
  )

export type ServiceProvider = {
  readonly entityId: string
  readonly acs: string
  readonly logout: string
  /** Base64 of DER. */
  readonly signing: string
  /** Only where assertions may be encrypted. */
  readonly encryption?: string | undefined
  readonly signsRequests: boolean
}

/** What an identity provider is told about us. AWS offers no such document; its values are those that AWS documents. */
export function printServiceProvider(sp: ServiceProvider): string {
  const key = (use: string, certificate: string) =>
    `<md:KeyDescriptor use="${use}"><ds:KeyInfo xmlns:ds="${dsig}"><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<md:EntityDescriptor xmlns:md="${metadataNamespace}" entityID="${escapeXml(sp.entityId)}">` +
    `<md:SPSSODescriptor AuthnRequestsSigned="${sp.signsRequests}" WantAssertionsSigned="true" protocolSupportEnumeration="${protocol}">` +
    key('signing', sp.signing) +
    (sp.encryption === undefined ? '' : key('encryption', sp.encryption)) +
    `<md:SingleLogoutService Binding="${bindings.post}" Location="${escapeXml(sp.logout)}"/>` +
    '<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat>' +
    `<md:AssertionConsumerService Binding="${bindings.post}" Location="${escapeXml(sp.acs)}" index="0" isDefault="true"/>` +
    '</md:SPSSODescriptor></md:EntityDescriptor>\n'
  )
}
