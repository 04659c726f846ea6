/** Which settings an app client may have: AWS's refusals, in its words where they were seen. */
import { fail } from '../../wire/errors.ts'
import type { Pool } from '../pools/pool.ts'
import { attributeOf } from '../pools/schema.ts'
import { type ClientSettings, clientTokenFlow, lifetimesOf } from './client.ts'
import { checkRedirectUrl } from './redirect-url.ts'

export type About = {
  readonly settings: ClientSettings
  readonly pool: Pool
  readonly confidential: boolean
  readonly doing: 'creating' | 'updating'
  /** `identifier/name` of every scope of the pool's resource servers. */
  readonly customScopes: ReadonlySet<string>
  /** The names of the pool's identity providers. */
  readonly providers: ReadonlySet<string>
}

const refuse: (message: string) => never = (message) => fail('InvalidParameterException', message)

/** Refuses settings AWS refuses. One rule after the other; which of several broken ones AWS names first is not known. */
export function checkClient(about: About): void {
  for (const rule of rules) rule(about)
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** AWS: API_CreateUserPoolClient, the *TokenValidity members. */
function checkLifetimes({ settings }: About): void {
  const { access, id, refresh } = lifetimesOf(settings)
  const within = (value: number, least: number, most: number) => value >= least && value <= most
  if (!within(access, 5 * minute, day) || !within(id, 5 * minute, day) || !within(refresh, hour, 3650 * day)) {
    refuse('Invalid range for token validity.')
  }
  if (access > refresh || id > refresh) {
    refuse('Access and Id Token expiration times must be less than or equal to refresh token expiration times.')
  }
}

/** What only the pool itself sets. */
const neverInWriteList: ReadonlySet<string> = new Set(['sub', 'email_verified', 'phone_number_verified', 'identities'])

function checkPermissions({ settings, pool, doing }: About): void {
  const { ReadAttributes: read, WriteAttributes: write } = settings
  const exists = (name: string) => attributeOf(pool, name) !== undefined
  if (read?.some((name) => !exists(name))) refuse(`Invalid read attributes specified while ${doing} a client`)
  if (!write) return
  const developers = (name: string) => attributeOf(pool, name)?.DeveloperOnlyAttribute === true
  const wrong = write.some((name) => !exists(name) || neverInWriteList.has(name) || developers(name))
  const missing = pool.schema.some(({ Name, Required }) => Required && Name !== 'sub' && !write.includes(Name))
  if (wrong || missing) refuse(`Invalid write attributes specified while ${doing} a client`)
}

function checkFlows({ settings, confidential }: About): void {
  // The SDK's types do not list the newest flow.
  const flows: readonly string[] = settings.ExplicitAuthFlows ?? []
  const modern = flows.filter((flow) => flow.startsWith('ALLOW_')).length
  if (modern > 0 && modern < flows.length) {
    refuse("Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.")
  }
  if (!flows.includes(clientTokenFlow)) return
  // AWS: API_GetClientToken. unproved: both sentences.
  if (flows.some((flow) => flow !== clientTokenFlow)) {
    refuse(`${clientTokenFlow} cannot be used with other auth flows.`)
  }
  if (!confidential) refuse(`${clientTokenFlow} requires a client secret.`)
}

/** AWS: Developer Guide, "Resource servers": the scopes that every pool has. */
const ownScopes: readonly string[] = ['openid', 'email', 'phone', 'profile', 'aws.cognito.signin.user.admin']

function checkOAuth({ settings, confidential, customScopes }: About): void {
  const flows = settings.AllowedOAuthFlows ?? []
  const redirects = flows.includes('code') || flows.includes('implicit')
  if (settings.AllowedOAuthFlowsUserPoolClient && (flows.length === 0 || !settings.AllowedOAuthScopes?.length)) {
    refuse('AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.')
  }
  if (flows.includes('client_credentials')) {
    const wrong = redirects
      ? 'along with code flow or implicit flow.'
      : !confidential
        ? 'if client does not have a client secret.'
        : undefined
    if (wrong) fail('InvalidOAuthFlowException', `client_credentials flow can not be selected ${wrong}`)
  }
  if (redirects && !settings.CallbackURLs?.length) {
    refuse('CallbackUrls can not be empty when code flow or implicit flow is selected')
  }
  const unknown = settings.AllowedOAuthScopes?.find((scope) => !ownScopes.includes(scope) && !customScopes.has(scope))
  if (unknown !== undefined) fail('ScopeDoesNotExistException', `Invalid scope requested: ${unknown}`)
}

function checkUrls({ settings }: About): void {
  const { CallbackURLs: callbacks = [], LogoutURLs: logouts = [], DefaultRedirectURI: home } = settings
  for (const url of [...callbacks, ...logouts]) checkRedirectUrl(url)
  if (home !== undefined && !callbacks.includes(home)) {
    refuse(`The default redirect URI ${home} is not in the callback URIs list.`)
  }
}

function checkProviders({ settings, pool, providers }: About): void {
  const unknown = settings.SupportedIdentityProviders?.find((name) => name !== 'COGNITO' && !providers.has(name))
  if (unknown !== undefined) refuse(`The provider ${unknown} does not exist for User Pool ${pool.id}`)
}

function checkAnalytics({ settings: { AnalyticsConfiguration: given } }: About): void {
  if (!given) return
  const { ApplicationArn: arn, ApplicationId: id, RoleArn: role, ExternalId: external } = given
  const byArn = arn && !id && !external
  const byId = !arn && id && role && external
  if (byArn || byId) return
  refuse(
    'Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid',
  )
}

function checkContext({ settings, confidential }: About): void {
  if (settings.EnablePropagateAdditionalUserContextData && !confidential) {
    refuse('Client Secret is required to set EnablePropagateAdditionalUserContextData as true')
  }
}

/** AWS: Developer Guide, "User pool feature plans": choice-based sign-in is not in the Lite plan. */
function checkPlan({ settings, pool }: About): void {
  if (pool.settings.UserPoolTier !== 'LITE' || !settings.ExplicitAuthFlows?.includes('ALLOW_USER_AUTH')) return
  // unproved: that the client is refused, not only the sign-in; the sentence is that of the pool's settings.
  fail(
    'FeatureUnavailableInTierException',
    'The following features need to be disabled for the LITE pricing tier configured: Passwordless Sign-In',
  )
}

const rules: readonly ((about: About) => void)[] = [
  checkFlows,
  checkLifetimes,
  checkPermissions,
  checkOAuth,
  checkUrls,
  checkProviders,
  checkAnalytics,
  checkContext,
  checkPlan,
]
