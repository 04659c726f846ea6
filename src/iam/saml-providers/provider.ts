/** A SAML provider as the rules see it, and its ARN. */
import type { Settings } from '../../world.ts'
import type { Tag } from '../tags.ts'

/** A key that opens encrypted assertions. */
export type PrivateKey = { readonly id: string; readonly pem: string; readonly createdAt: number }

export type SamlProvider = {
  readonly name: string
  readonly id: string
  readonly metadata: string
  /** Whether assertions must be encrypted or may be; undefined where there never was a key. */
  readonly encryption: 'Required' | 'Allowed' | undefined
  /** Two at most, so that one can take the other's place. */
  readonly privateKeys: readonly PrivateKey[]
  readonly tags: readonly Tag[]
  readonly validUntil: number
  readonly createdAt: number
}

export const samlProviderArn = ({ account }: Pick<Settings, 'account'>, { name }: Pick<SamlProvider, 'name'>): string =>
  `arn:aws:iam::${account}:saml-provider/${name}`

/** The name in a provider's ARN, or undefined if it is not of this account. */
export function readSamlProviderArn({ account }: Pick<Settings, 'account'>, arn: string): string | undefined {
  const [, owner, name] = /^arn:aws:iam::(\d{12}):saml-provider\/([\w._-]{1,128})$/.exec(arn) ?? []
  return owner === account ? name : undefined
}
