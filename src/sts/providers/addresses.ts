/**
 * Where login providers are asked: those that AWS knows without being told are rows of a table, any other is where its name
 * says, and the setting `--login-providers` may say otherwise. AWS: Cognito Developer Guide, "Identity pools third-party identity providers".
 */
import type { RemoteRules } from '../../outbound/remote-issuers.ts'
import type { Settings } from '../../world.ts'

type Known = {
  /** What its tokens may say in `iss`; the first is where it is asked. */
  readonly issuers: readonly [string, ...string[]]
}

/** Google's older tokens name the issuer without its scheme (Google Identity, "Verify the Google ID token"). */
const known: Readonly<Record<string, Known>> = {
  'accounts.google.com': { issuers: ['https://accounts.google.com', 'accounts.google.com'] },
  'appleid.apple.com': { issuers: ['https://appleid.apple.com'] },
}

/** A user pool of AWS by its name as a provider, and the host of its other issuer. AWS: API_IssuerConfigurationType. */
const awsUserPool = /^cognito-idp\.[a-z0-9-]+\.amazonaws\.com\/[\w-]+$/

function issuersOf(name: string): readonly [string, ...string[]] {
  if (awsUserPool.test(name)) return [`https://${name}`, `https://issuer-${name}`]
  return Object.hasOwn(known, name) ? (known[name] as Known).issuers : [`https://${name}`]
}

/** Whether a pool may know the provider by an app's id alone: it is one of everybody's, or the setting says where it is. */
export const isSocial = ({ loginProviders }: Pick<Settings, 'loginProviders'>, name: string): boolean =>
  Object.hasOwn(known, name) || setting(loginProviders, name) !== undefined

const setting = <Value>(settings: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(settings, name) ? settings[name] : undefined

/**
 * How the tokens of the provider of that name (`accounts.google.com`, `login.example.com/tenant`) are verified;
 * `registered` is the issuer as IAM knows it, if it does.
 */
export function rulesOf(
  { loginProviders }: Pick<Settings, 'loginProviders'>,
  name: string,
  registered?: string,
): RemoteRules {
  const { issuer = registered, jwksUri } = setting(loginProviders, name) ?? {}
  const issuers = issuer === undefined ? issuersOf(name) : ([issuer] as const)
  return { issuer: issuers[0], issuers, ...(jwksUri !== undefined && { jwksUri }) }
}

/** The name of the provider that issues under that `iss`: the issuer without its scheme, unless the setting says otherwise. */
export function nameOfIssuer({ loginProviders }: Pick<Settings, 'loginProviders'>, issuer: string): string {
  const set = Object.entries(loginProviders).find(([, row]) => row.issuer === issuer)
  return set?.[0] ?? issuer.replace(/^https?:\/\//, '')
}

/** Providers whose access tokens say nothing by themselves and must be shown to them. */
const apis = { 'graph.facebook.com': 'https://graph.facebook.com', 'www.amazon.com': 'https://api.amazon.com' } as const

export type ApiProvider = keyof typeof apis
export const isApiProvider = (name: string): name is ApiProvider => Object.hasOwn(apis, name)

/** The base of the provider's API, without a trailing slash. */
export const apiOf = ({ loginProviders }: Pick<Settings, 'loginProviders'>, name: ApiProvider): string =>
  (setting(loginProviders, name)?.url ?? apis[name]).replace(/\/+$/, '')
