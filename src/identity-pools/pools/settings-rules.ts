/** What the settings of an identity pool must be, beyond the limits that the model knows. */
import { fail } from '../../wire/errors.ts'
import type { Settings } from '../../world.ts'
import type { PoolSettings } from './pool.ts'
import { userPoolOf } from './providers.ts'

const mostTags = 50

/** Refuses settings that cannot be. unproved: AWS's sentences about the developer provider and about tags. */
export function checkSettings(
  world: Pick<Settings, 'issuer' | 'account'>,
  wanted: PoolSettings,
  before?: PoolSettings,
): void {
  for (const { ProviderName, ClientId } of wanted.CognitoIdentityProviders ?? []) {
    if (ProviderName === undefined || ClientId === undefined || !userPoolOf(world, ProviderName)) {
      fail('InvalidParameterException', 'Invalid Cognito Identity Provider')
    }
  }
  // Providers of OpenID Connect may be of another account, those of SAML not.
  const foreign = wanted.SamlProviderARNs?.find((arn) => arn.split(':')[4] !== world.account)
  if (foreign !== undefined) {
    fail('InvalidParameterException', `Identity provider ${foreign} is not valid for account ${world.account}`)
  }
  const developer = before?.DeveloperProviderName
  if (developer !== undefined && wanted.DeveloperProviderName !== developer) {
    fail('InvalidParameterException', 'The developer provider name of an identity pool cannot be changed.')
  }
  const name = wanted.DeveloperProviderName ?? ''
  // Else its users and those of the other would be the same to an identity.
  if (
    name === 'cognito-identity.amazonaws.com' ||
    Object.hasOwn(wanted.SupportedLoginProviders ?? {}, name) ||
    wanted.OpenIdConnectProviderARNs?.some((arn) => arn.endsWith(`:oidc-provider/${name}`))
  ) {
    fail('InvalidParameterException', 'The developer provider name is the name of another provider.')
  }
  checkTags(wanted.IdentityPoolTags ?? {})
}

/** AWS: Developer Guide, "Tagging resources": fifty tags; keys that begin with aws: are AWS's own. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  const keys = Object.keys(tags)
  if (keys.some((key) => /^aws:/i.test(key))) fail('InvalidParameterException', 'System tags cannot be added.')
  if (keys.length > mostTags) {
    fail('InvalidParameterException', `The number of tags must not exceed ${mostTags}.`)
  }
}

/** A replacement: what was left out goes back to its default, but the developer provider's name stays. AWS: UpdateIdentityPool. */
export const replaceSettings = (before: PoolSettings, wanted: PoolSettings): PoolSettings => ({
  ...(before.DeveloperProviderName !== undefined && { DeveloperProviderName: before.DeveloperProviderName }),
  ...wanted,
})
