/** What an application behind sign-in is told: `x-amzn-oidc-identity`, `-accesstoken` and `-data`, a JWT that AWS's verifiers accept. AWS: "User claims encoding and signature verification". */
import { sign } from 'node:crypto'
import type { World } from '../../world.ts'
import { signingKey } from './keys.ts'
import type { Session } from './session.ts'

/** Headers that only we may send; taken from every request that comes in. */
export const oidcPrefix = 'x-amzn-oidc-'

/** unproved: how long the JWT lives. */
const lifetime = 120

/** AWS pads all three parts, unlike RFC 7515; the signature covers the padded text. */
const padded = (bytes: Uint8Array | string): string =>
  Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_')

/** The JWT and the end of its life in epoch milliseconds. */
export function claimsJwt(
  world: Pick<World, 'seal' | 'now'>,
  { issuer, claims }: Session,
  { client, signer }: { client: string; signer: string },
): { text: string; until: number } {
  const { kid, privateKey } = signingKey(world)
  const exp = Math.floor(world.now() / 1000) + lifetime
  const header = { typ: 'JWT', kid, alg: 'ES256', iss: issuer, client, signer, exp }
  const signed = `${padded(JSON.stringify(header))}.${padded(JSON.stringify({ ...claims, exp, iss: issuer }))}`
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return { text: `${signed}.${padded(signature)}`, until: exp * 1000 }
}
