/** What an identity provider of a pool is, to everyone who was handed one. AWS: API_IdentityProviderType. */

import type { Said } from '../triggers/inbound-federation.ts'

export const providerTypes = ['SAML', 'Facebook', 'Google', 'LoginWithAmazon', 'SignInWithApple', 'OIDC'] as const
export type ProviderType = (typeof providerTypes)[number]

export type Text = Readonly<Record<string, string>>

export type IdentityProvider = {
  readonly poolId: string
  readonly name: string
  readonly type: ProviderType
  /** ProviderDetails in clear, AWS's spelling: what was sent, over what follows from it. Holds secrets. */
  readonly details: Text
  /** Attribute of the pool to claim of the provider; `username` is always there, but for SAML. */
  readonly mapping: Text
  readonly identifiers: readonly string[]
  /** Level to the provider's acr value. */
  readonly acr: Text
  /** Epoch milliseconds, as is modifiedAt. */
  readonly createdAt: number
  readonly modifiedAt: number
}

/** What a provider said about somebody, after everything it said was verified. */
export type Assertion = {
  /** NameID, `sub`, `id` or `user_id`: what is for ever this person's at the provider. */
  readonly subject: string
  /** Claims or attributes by the provider's names; several values as a list. */
  readonly attributes: Readonly<Record<string, string | readonly string[]>>
  /** The SAML entity id or OpenID Connect issuer; social providers have none. */
  readonly issuer?: string | undefined
  /** The provider's own tokens: `access_token`, `id_token` can be mapped. */
  readonly tokens?: Text | undefined
  /** How the provider knew its user, in its own words: the claims `acr` and `amr`. */
  readonly acr?: string | undefined
  readonly amr?: readonly string[] | undefined
  /** As the pool's InboundFederation function is told; the attributes as SAML's if absent. */
  readonly said?: Said | undefined
}
