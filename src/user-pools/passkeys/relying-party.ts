/** For whom passkeys are made: the relying party, the origins that speak for it, and what the pool demands of them. */
import { fail } from '../../wire/errors.ts'
import type { Settings } from '../../world.ts'
import { isRelyingPartyId } from '../pools/mfa-rules.ts'
import type { Pool } from '../pools/pool.ts'

/** The domain the pool names, else the one of the public URL; undefined where that is an address. */
export function relyingParty(settings: Pick<Settings, 'publicUrl'>, pool: Pool): string | undefined {
  const id = pool.settings.WebAuthnConfiguration?.RelyingPartyId ?? new URL(settings.publicUrl).hostname
  return isRelyingPartyId(id) ? id : undefined
}

/** Refuses pools without passkeys. unproved: the sentences. */
export function requireRelyingParty(settings: Pick<Settings, 'publicUrl'>, pool: Pool): string {
  const factors: readonly string[] = pool.settings.Policies.SignInPolicy.AllowedFirstAuthFactors
  if (!factors.includes('WEB_AUTHN'))
    fail('WebAuthnNotEnabledException', 'Passkeys are not enabled for this user pool.')
  return (
    relyingParty(settings, pool) ??
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
