/** What a refresh token looks like, and how it is kept: random, in the form of an encrypted JWT, stored as a keyed hash. */
import type { World } from '../../world.ts'

/** `{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}`, as AWS's refresh tokens begin. */
const header = 'eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ'

/** Bytes of the parts after the header: wrapped key, nonce, ciphertext, tag. All are random: the token means nothing. */
const parts = [256, 12, 64, 16]

/** A new one; in the place of `before`, its wrapped key stays: that is the family of a session's tokens. */
export function makeRefreshToken(world: Pick<World, 'random'>, before?: string): string {
  const [family, ...rest] = parts.map((size) => world.random(size).toString('base64url'))
  return [header, before === undefined ? family : familyOf(before), ...rest].join('.')
}

const familyOf = (token: string): string => token.split('.')[1] ?? ''

/** Whether a text could be a refresh token at all; ID and access tokens have three parts. */
export const looksLikeRefreshToken = (token: string): boolean =>
  token.length <= 4_096 && /^[\w-]+(\.[\w-]+){4}$/.test(token)

/** What a token is found by: itself, and its family. Keyed hashes. */
export type RefreshKeys = { readonly hash: string; readonly family: string }

export const keysOfRefreshToken = (world: Pick<World, 'seal'>, token: string): RefreshKeys => ({
  hash: world.seal.mac('refresh-token', token).toString('base64url'),
  family: world.seal.mac('refresh-family', familyOf(token)).toString('base64url'),
})
