/** Which attribute mappings, identifiers and acr mappings a provider may have. */
import { fail } from '../../wire/errors.ts'
import type { Pool } from '../pools/pool.ts'
import { attributeOf } from '../pools/schema.ts'
import type { ProviderType, Text } from './provider.ts'
import { subjectClaim } from './social.ts'

const refuse = (message: string): never => fail('InvalidParameterException', message)

/** What no provider may say. */
const neverMapped: ReadonlySet<string> = new Set(['sub', 'identities'])

/** The mapping, with the `username` AWS fills in. unproved: the sentences. */
export function completeMapping(pool: Pool, type: ProviderType, given: Text): Text {
  for (const [name, claim] of Object.entries(given)) {
    if (name === 'username') continue
    const attribute = attributeOf(pool, name)
    if (!attribute || neverMapped.has(name))
      refuse(`Invalid attribute mapping: ${name} is not an attribute of the user pool.`)
    if (attribute?.DeveloperOnlyAttribute) refuse(`Invalid attribute mapping: ${name} is for developers only.`)
    if (claim === '') refuse(`Invalid attribute mapping: ${name} has no source.`)
  }
  const subject = subjectClaim(type)
  if (subject !== undefined) return { ...given, username: given['username'] || subject }
  // A SAML subject is the NameID, whatever a mapping says.
  const { username: _, ...rest } = given as Record<string, string>
  return rest
}

const namesPool: ReadonlySet<string> = new Set(['COGNITO'])

/** AWS: social providers are called like their type, and nothing else is. */
export function checkName(name: string, type: ProviderType): void {
  const social = new Set(['Facebook', 'Google', 'LoginWithAmazon', 'SignInWithApple'])
  const wrong = social.has(type) ? name !== type : social.has(name) || namesPool.has(name.toUpperCase())
  if (wrong) refuse(`Provider ${name} cannot be of type ${type}.`)
}

const levels: ReadonlySet<string> = new Set(['Level1', 'Level2', 'Level3', 'Level4'])

/** AWS: Developer Guide, "Authentication levels with ACR and AMR claims": OIDC providers only. unproved: the sentences. */
export function checkAcr(type: ProviderType, mapping: Text): void {
  const names = Object.entries(mapping)
  if (names.length > 0 && type !== 'OIDC') refuse('AcrMapping is for OIDC providers only.')
  if (names.some(([level, value]) => !levels.has(level) || !/^[^\s"\\]{1,64}$/.test(value)))
    refuse('Invalid AcrMapping.')
}

/** unproved: that only these two types may have them, and the sentence. */
export function checkIdentifiers(type: ProviderType, identifiers: readonly string[]): void {
  if (identifiers.length > 0 && type !== 'SAML' && type !== 'OIDC') {
    refuse('IdpIdentifiers are for SAML and OIDC providers only.')
  }
  if (new Set(identifiers).size < identifiers.length) refuse('IdpIdentifiers must be different from each other.')
}
