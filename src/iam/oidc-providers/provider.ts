/** An OpenID Connect provider as the rules see it, and its names. */
import type { Settings } from '../../world.ts'
import type { Tag } from '../tags.ts'

export type OidcProvider = {
  /** The issuer without its scheme: `accounts.example.com/path`. */
  readonly url: string
  /** As tokens write it in `iss`. */
  readonly issuer: string
  readonly clientIds: readonly string[]
  readonly thumbprints: readonly string[]
  readonly tags: readonly Tag[]
  readonly createdAt: number
}

export const oidcProviderArn = ({ account }: Pick<Settings, 'account'>, { url }: Pick<OidcProvider, 'url'>): string =>
  `arn:aws:iam::${account}:oidc-provider/${url}`

/** The URL in a provider's ARN, or undefined if it is not of this account. */
export function readOidcProviderArn({ account }: Pick<Settings, 'account'>, arn: string): string | undefined {
  const prefix = `arn:aws:iam::${account}:oidc-provider/`
  return arn.startsWith(prefix) ? arn.slice(prefix.length) : undefined
}

export const withoutScheme = (issuer: string): string => issuer.replace(/^https?:\/\//, '')
