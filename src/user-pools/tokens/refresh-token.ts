/** What a refresh token looks like, and how it is kept: random, in the form of an encrypted JWT, stored as a keyed hash. */
import type { World } from '../../world.ts'

/** `{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}`, as AWS's refresh tokens begin. */
const header = 'eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ'

/** Bytes of the parts after the header: wrapped key, nonce, ciphertext, tag. All are random: the token means nothing. */
const parts = [256, 12, 64, 16]

export const makeRefreshToken = (world: Pick<World, 'random'>): string =>
  [header, ...parts.map((size) => world.random(size).toString('base64url'))].join('.')

/** Whether a text could be a refresh token at all; ID and access tokens have three parts. */
export const looksLikeRefreshToken = (token: string): boolean =>
  token.length <= 4_096 && /^[\w-]+(\.[\w-]+){4}$/.test(token)

export const hashRefreshToken = (world: Pick<World, 'seal'>, token: string): string =>
  world.seal.mac('refresh-token', token).toString('base64url')
