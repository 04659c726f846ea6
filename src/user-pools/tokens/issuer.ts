/** The `iss` claim of a pool's tokens, and the way back from an issuer to the pool's id. */
import type { Settings } from '../../world.ts'
import type { PoolSettings } from '../pools/pool.ts'

type Place = { readonly id: string; readonly region: string }

/**
 * The issuers a pool may have, by the Type of its IssuerConfiguration: both the same under this server's own base, AWS's
 * two hosts where the setting says `aws`. No trailing slash. AWS: API_IssuerConfigurationType.
 */
export function issuersOf(settings: Pick<Settings, 'issuer'>, { id, region }: Place) {
  const own = `${settings.issuer}/${id}`
  if (settings.issuer !== 'aws') return { ORIGINAL: own, UPDATED: own }
  const at = `${region}.amazonaws.com/${id}`
  return { ORIGINAL: `https://cognito-idp.${at}`, UPDATED: `https://issuer-cognito-idp.${at}` }
}

/** The issuer of the pool's tokens. */
export const issuerOf = (
  settings: Pick<Settings, 'issuer'>,
  pool: Place & { readonly settings: Pick<PoolSettings, 'IssuerConfiguration'> },
): string => issuersOf(settings, pool)[pool.settings.IssuerConfiguration?.Type ?? 'ORIGINAL']

/**
 * Whether an `iss` names the pool's issuer. In development one port answers HTTP and HTTPS, and each scheme issues under
 * its own: the same server's tokens count under both.
 */
export function isIssuerOf(
  settings: Pick<Settings, 'issuer' | 'dev'>,
  pool: Parameters<typeof issuerOf>[1],
  iss: unknown,
): boolean {
  const own = issuerOf(settings, pool)
  return iss === own || (settings.dev && typeof iss === 'string' && plainOf(iss) === plainOf(own))
}

const plainOf = (issuer: string) => issuer.replace(/^https:/, 'http:')

/** The pool an issuer would name. Only a claim: whoever believes it compares `issuerOf` of the pool found. */
export function poolIdOf(issuer: unknown): string | undefined {
  if (typeof issuer !== 'string') return undefined
  const id = issuer.slice(issuer.lastIndexOf('/') + 1)
  return /^[\w-]{1,45}_[0-9a-zA-Z]{1,45}$/.test(id) ? id : undefined
}
