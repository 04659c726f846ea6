/** REFRESH_TOKEN_AUTH: new ID and access tokens, and no new refresh token. AWS: "Refresh tokens". */
import { fail } from '../../wire/errors.ts'
import { checkSecretHash } from '../clients/secret-hash.ts'
import { readRefreshToken, refreshTokens, rotates } from '../tokens/refresh.ts'
import type { Given } from './progress.ts'
import type { Turn, Verdict } from './turn.ts'

/** SECRET_HASH is over the username that the tokens carry, which is known once the token was found. */
export async function startRefresh(turn: Turn, given: Given): Promise<Verdict> {
  const { world, client } = turn
  // unproved: AWS's sentence for a client with rotation.
  if (rotates(client)) fail('InvalidParameterException', 'REFRESH_TOKEN_AUTH flow not enabled for this client')
  const hash = given['SECRET_HASH']
  // A missing hash is refused before anything is learned about the token.
  if (hash === undefined) checkSecretHash(client, '', hash)
  const holder = { pool: turn.pool, client, from: turn.from, deviceKey: given['DEVICE_KEY'] }
  const refresh = await readRefreshToken(world, holder, given['REFRESH_TOKEN'] ?? '')
  // The sentence is that of reports: another than at every other place.
  checkSecretHash(client, refresh.user.username, hash, `SecretHash does not match for the client: ${client.id}`)
  // AWS: ClientMetadata of InitiateAuth does not reach the function that makes tokens.
  return { tokens: await refreshTokens(world, holder, refresh) }
}
