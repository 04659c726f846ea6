/**
 * The names of login providers. A user pool goes by two: AWS's, and its issuer without the scheme, which is what Amplify
 * takes from a token; inside there is only the first. AWS: "Integrating user pools with identity pools".
 */
import type { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity'
import { issuersOf, poolIdOf } from '../../user-pools/tokens/issuer.ts'
import type { Settings } from '../../world.ts'
import type { Pool, PoolSettings } from './pool.ts'

type Issuing = Pick<Settings, 'issuer'>
type UserPool = { readonly id: string; readonly region: string }

const awsName = ({ id, region }: UserPool) => `cognito-idp.${region}.amazonaws.com/${id}`

/** The user pool that a provider's name would name, in either form; undefined for providers of other kinds. */
export function userPoolOf(settings: Issuing, name: string): UserPool | undefined {
  const id = poolIdOf(name)
  if (id === undefined) return undefined
  const userPool = { id, region: id.slice(0, id.lastIndexOf('_')) }
  const ours = Object.values(issuersOf(settings, userPool)).map((issuer) => issuer.replace(/^https?:\/\//, ''))
  return name === awsName(userPool) || ours.includes(name) ? userPool : undefined
}

/** The one name of a provider: AWS's for a user pool, any other as it is. */
export function canonicalProvider(settings: Issuing, name: string): string {
  const userPool = userPoolOf(settings, name)
  return userPool ? awsName(userPool) : name
}

/** The pool's entries for the user pool of that canonical name: one for each app client. */
export const clientsOf = (settings: Issuing, pool: Pick<Pool, 'settings'>, provider: string) =>
  (pool.settings.CognitoIdentityProviders ?? []).filter(
    ({ ProviderName }: CognitoIdentityProvider) => canonicalProvider(settings, ProviderName ?? '') === provider,
  )

/** The ARN under which the pool lets in the OpenID Connect provider of that name, registered in IAM. */
export function openIdArnOf(
  { account }: Pick<Settings, 'account'>,
  { settings }: Pick<Pool, 'settings'>,
  provider: string,
): string | undefined {
  const arn = `arn:aws:iam::${account}:oidc-provider/${provider}`
  return settings.OpenIdConnectProviderARNs?.includes(arn) ? arn : undefined
}

/** The key of a role mapping in canonical form: of a user pool it is the provider, a colon and the app client. */
export function canonicalMappingKey(settings: Issuing, key: string): string {
  const [, provider, clientId] = /^(.*):(\w+)$/.exec(key) ?? []
  const userPool = provider === undefined ? undefined : userPoolOf(settings, provider)
  return userPool ? `${awsName(userPool)}:${clientId}` : key
}

/** The providers that are not user pools, by the names that mappings and tag maps give them. */
const others = (settings: PoolSettings): readonly string[] => [
  ...Object.keys(settings.SupportedLoginProviders ?? {}),
  ...(settings.OpenIdConnectProviderARNs ?? []),
  ...(settings.SamlProviderARNs ?? []),
]

/** The canonical keys that role mappings of the pool may have. */
export const mappingKeysOf = (settings: Issuing, pool: Pick<Pool, 'settings'>): ReadonlySet<string> =>
  new Set([
    ...(pool.settings.CognitoIdentityProviders ?? []).map(
      ({ ProviderName = '', ClientId }) => `${canonicalProvider(settings, ProviderName)}:${ClientId}`,
    ),
    ...others(pool.settings),
  ])

/** The canonical names of the pool's providers. */
export const providersOf = (settings: Issuing, pool: Pick<Pool, 'settings'>): ReadonlySet<string> =>
  new Set([
    ...(pool.settings.CognitoIdentityProviders ?? []).map(({ ProviderName = '' }) =>
      canonicalProvider(settings, ProviderName),
    ),
    ...others(pool.settings),
  ])
