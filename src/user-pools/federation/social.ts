/**
 * Where social providers are and how each is asked: one row each, as AWS describes them. The setting
 * `--social-providers` may say otherwise, for tests and for places without them.
 */
import type { Settings } from '../../world.ts'
import type { IdentityProvider, ProviderType, Text } from './provider.ts'

export type SocialType = Exclude<ProviderType, 'SAML' | 'OIDC'>

type Row = {
  /** What DescribeIdentityProvider adds. `{v}` is the `api_version` of the details. */
  readonly described: Text
  /** What AWS knows and does not show. */
  readonly hidden?: Text
  /** The claim that is the subject. */
  readonly subject: string
  /** AWS: the details a provider of this type needs. */
  readonly needed: readonly string[]
}

const google = 'https://accounts.google.com'
const apple = 'https://appleid.apple.com'
const shared = ['client_id', 'client_secret', 'authorize_scopes']

/** AWS: API_CreateIdentityProvider, ProviderDetails. */
export const social: Readonly<Record<SocialType, Row>> = {
  Google: {
    described: {
      attributes_url: 'https://people.googleapis.com/v1/people/me?personFields=',
      attributes_url_add_attributes: 'true',
      authorize_url: `${google}/o/oauth2/v2/auth`,
      oidc_issuer: google,
      token_request_method: 'POST',
      token_url: 'https://www.googleapis.com/oauth2/v4/token',
    },
    hidden: { jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs' },
    subject: 'sub',
    needed: shared,
  },
  Facebook: {
    described: {
      attributes_url: 'https://graph.facebook.com/{v}/me?fields=',
      attributes_url_add_attributes: 'true',
      authorize_url: 'https://www.facebook.com/{v}/dialog/oauth',
      token_request_method: 'GET',
      token_url: 'https://graph.facebook.com/{v}/oauth/access_token',
    },
    subject: 'id',
    needed: shared,
  },
  LoginWithAmazon: {
    described: {
      attributes_url: 'https://api.amazon.com/user/profile',
      attributes_url_add_attributes: 'false',
      authorize_url: 'https://www.amazon.com/ap/oa',
      token_request_method: 'POST',
      token_url: 'https://api.amazon.com/auth/o2/token',
    },
    subject: 'user_id',
    needed: shared,
  },
  SignInWithApple: {
    described: {
      attributes_url_add_attributes: 'false',
      authorize_url: `${apple}/auth/authorize`,
      oidc_issuer: apple,
      token_request_method: 'POST',
      token_url: `${apple}/auth/token`,
    },
    hidden: { jwks_uri: `${apple}/auth/keys` },
    subject: 'sub',
    needed: ['client_id', 'private_key', 'team_id', 'key_id', 'authorize_scopes'],
  },
}

export const isSocial = (type: ProviderType): type is SocialType => Object.hasOwn(social, type)

/** unproved: the version where none was given. */
const usualVersion = 'v17.0'

const withVersion = (endpoints: Text, version: string): Text =>
  Object.fromEntries(Object.entries(endpoints).map(([name, value]) => [name, value.replace('{v}', version)]))

type Asked = Pick<IdentityProvider, 'type' | 'details'>
type Known = Pick<Settings, 'socialProviders'>

function described({ socialProviders }: Known, type: SocialType, details: Text): Text {
  const elsewhere = Object.hasOwn(socialProviders, type) ? socialProviders[type] : undefined
  return withVersion({ ...social[type].described, ...elsewhere }, details['api_version'] ?? usualVersion)
}

/** The details as they are described: endpoints of social providers are never the caller's to choose. */
export function describeDetails(settings: Known, { type, details }: Asked): Text {
  const { private_key: _, ...shown } = isSocial(type)
    ? { ...details, ...withoutHidden(described(settings, type, details)) }
    : details
  return shown
}

const withoutHidden = ({ jwks_uri: _, ...rest }: Record<string, string>): Text => rest

/** The details as a sign-in uses them. */
export const detailsInUse = (settings: Known, { type, details }: Asked): Text =>
  isSocial(type) ? { ...details, ...social[type].hidden, ...described(settings, type, details) } : details

/** The claim a provider calls its subject by; SAML has none but the NameID. */
export const subjectClaim = (type: ProviderType): string | undefined =>
  isSocial(type) ? social[type].subject : type === 'OIDC' ? 'sub' : undefined
