/** A login that was proved, and what is known by it. */
import type { Tag } from '../../iam/tags.ts'
import type { SignIn } from '../../sts/sign-ins.ts'
import { fail } from '../../wire/errors.ts'
import type { Login } from './identity.ts'

export type Proof = Login & {
  /** The app at the provider. */
  readonly clientId: string
  readonly claims: Readonly<Record<string, unknown>>
  /** By which name mappings and tag maps know the provider, if by another: the ARN of an OpenID Connect provider. */
  readonly known?: string
  /** What the token for STS says more exactly of how they signed in. */
  readonly detail?: string
  /** Where they are not claims: the tags that a developer gave. */
  readonly tags?: readonly Tag[]
  /** Roles that the provider itself offers: SAML's. */
  readonly roles?: readonly string[]
  /** The sign-in that the login came from; only where ServerSideTokenCheck asks for it. */
  readonly signIn?: SignIn
}

export const refuseProof = (message: string): never => fail('NotAuthorizedException', message)

export const refuseProvider = (): never => refuseProof('Token is not from a supported provider of this identity pool.')

export const refuseToken = (sentence: string): never => refuseProof(`Invalid login token. ${sentence}`)

/** unproved: the sentence. AWS: ExternalServiceException. */
export const refuseUnavailable = (provider: string): never =>
  fail('ExternalServiceException', `${provider} is not responding.`)
