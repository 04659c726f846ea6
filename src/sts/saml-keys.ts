/** What policies may ask about a SAML assertion. AWS: IAM User Guide, "Available keys for SAML-based federation". */
import { createHash } from 'node:crypto'
import type { Keys } from '../iam/request-context.ts'
import type { SamlAssertion } from './providers/assertion.ts'

/** The attributes that policies may ask about, by the last word of their names: LDAP's, and those of eduPerson by their OIDs. */
const attributeKeys: Readonly<Record<string, string>> = {
  'urn:oid:2.5.4.3': 'commonName',
  'urn:oid:2.5.4.4': 'surname',
  'urn:oid:2.5.4.42': 'givenName',
  'urn:oid:2.5.4.45': 'x500UniqueIdentifier',
  'urn:oid:2.5.4.41': 'name',
  'urn:oid:0.9.2342.19200300.100.1.1': 'uid',
  'urn:oid:0.9.2342.19200300.100.1.3': 'mail',
  'urn:oid:0.9.2342.19200300.100.1.45': 'organizationStatus',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.1': 'edupersonaffiliation',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.2': 'edupersonnickname',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.3': 'edupersonorgdn',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.4': 'edupersonorgunitdn',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.5': 'edupersonprimaryaffiliation',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.6': 'edupersonprincipalname',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.7': 'edupersonentitlement',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.8': 'edupersonprimaryorgunitdn',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.9': 'edupersonscopedaffiliation',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.10': 'edupersontargetedid',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.11': 'edupersonassurance',
  'urn:oid:1.3.6.1.4.1.5923.1.2.1.2': 'eduorghomepageuri',
  'urn:oid:1.3.6.1.4.1.5923.1.2.1.3': 'eduorgidentityauthnpolicyuri',
  'urn:oid:1.3.6.1.4.1.5923.1.2.1.4': 'eduorglegalname',
  'urn:oid:1.3.6.1.4.1.5923.1.2.1.5': 'eduorgsuperioruri',
  'urn:oid:1.3.6.1.4.1.5923.1.2.1.6': 'eduorgwhitepagesuri',
  'http://schemas.xmlsoap.org/claims/CommonName': 'cn',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name': 'name',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname': 'givenName',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname': 'surname',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress': 'mail',
  'http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid': 'primaryGroupSID',
}

/** `kept`: the session has them, too; `asked`: only the trust policy may ask about them. */
export function keysIn(assertion: SamlAssertion, account: string, providerName: string) {
  const { issuer, nameId, subjectType, recipient } = assertion
  // AWS: AssumeRoleWithSAML, NameQualifier: SHA-1 is AWS's choice of a name, not a signature.
  const nameQualifier = createHash('sha1').update(`${issuer}${account}/${providerName}`).digest('base64')
  const attributes: Record<string, readonly string[]> = {}
  for (const [name, values] of Object.entries(assertion.attributes)) {
    const key = Object.hasOwn(attributeKeys, name) ? attributeKeys[name] : undefined
    if (key !== undefined) attributes[`saml:${key}`] = [...(attributes[`saml:${key}`] ?? []), ...values]
  }
  const kept: Keys = { 'saml:namequalifier': nameQualifier, 'saml:sub': nameId, 'saml:sub_type': subjectType }
  const asked: Keys = {
    ...attributes,
    ...kept,
    'saml:aud': recipient,
    'saml:iss': issuer,
    'saml:doc': `${account}/${providerName}`,
  }
  return { nameQualifier, kept, asked }
}
