/** For whom passkeys are made: the relying party, the origins that speak for it, and what the pool demands of them. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { hostedUrl } from '../domains/find.ts'
import { isRelyingPartyId } from '../pools/mfa-rules.ts'
import type { Pool } from '../pools/pool.ts'

type Place = Pick<World, 'db' | 'settings'>

/**
 * The domain the pool names, else that of its hosted pages, the custom one first; a pool without has the host of the public
 * URL. Undefined where that is an address. AWS: Developer Guide, "Passkey sign-in".
 */
export async function relyingParty(world: Place, pool: Pool): Promise<string | undefined> {
  const named = pool.settings.WebAuthnConfiguration?.RelyingPartyId
  const id = named ?? new URL((await hostedUrl(world, pool.id)) ?? world.settings.publicUrl).hostname
  return isRelyingPartyId(id) ? id : undefined
}

/** Refuses pools without passkeys. unproved: the sentences. */
export async function requireRelyingParty(world: Place, pool: Pool): Promise<string> {
  const factors: readonly string[] = pool.settings.Policies.SignInPolicy.AllowedFirstAuthFactors
  if (!factors.includes('WEB_AUTHN'))
    fail('WebAuthnNotEnabledException', 'Passkeys are not enabled for this user pool.')
  return (
    (await relyingParty(world, pool)) ??
    fail('WebAuthnConfigurationMissingException', 'The user pool has no relying party for passkeys.')
  )
}

/**
 * Whether a page of that origin may make and use passkeys of the relying party: its domain or one below, in a secure
 * context. W3C WebAuthn 13.4.9 "Validating the origin of a credential"; Secure Contexts 3.1 for localhost.
 */
export function speaksFor(origin: string, rpId: string): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, hostname, origin: plain } = new URL(origin)
  if (plain !== origin) return false
  const local = hostname === 'localhost' || hostname.endsWith('.localhost')
  if (protocol !== 'https:' && !(protocol === 'http:' && local)) return false
  return hostname === rpId || hostname.endsWith(`.${rpId}`)
}

/** Whether a passkey may stand for both factors. AWS: API_WebAuthnConfigurationType, FactorConfiguration. */
export const standsForBoth = ({ settings }: Pick<Pool, 'settings'>): boolean =>
  settings.WebAuthnConfiguration?.FactorConfiguration === 'MULTI_FACTOR_WITH_USER_VERIFICATION'

/** Whether the authenticator must have verified who uses it. */
export const verificationOf = (pool: Pool): 'required' | 'preferred' =>
  standsForBoth(pool) ? 'required' : (pool.settings.WebAuthnConfiguration?.UserVerification ?? 'preferred')
