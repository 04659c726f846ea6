/** The `iss` claim of a pool's tokens, and the way back from an issuer to the pool's id. */
import type { Settings } from '../../world.ts'

type Place = { readonly id: string; readonly region: string }

/** The issuer: under this server's own base, or in AWS's form where the setting says `aws`. No trailing slash. */
export const issuerOf = (settings: Pick<Settings, 'issuer'>, pool: Place): string =>
  settings.issuer === 'aws'
    ? `https://cognito-idp.${pool.region}.amazonaws.com/${pool.id}`
    : `${settings.issuer}/${pool.id}`

/** The pool an issuer would name. Only a claim: whoever believes it compares `issuerOf` of the pool found. */
export function poolIdOf(issuer: unknown): string | undefined {
  if (typeof issuer !== 'string') return undefined
  const id = issuer.slice(issuer.lastIndexOf('/') + 1)
  return /^[\w-]{1,45}_[0-9a-zA-Z]{1,45}$/.test(id) ? id : undefined
}
