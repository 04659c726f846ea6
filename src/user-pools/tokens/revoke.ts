/** Revoking by refresh token: the session it belongs to, if it is the client's own. */
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import { endSession } from './find-session.ts'
import { keysOfRefreshToken } from './refresh-token.ts'
import type { Session } from './session.ts'
import { readRefresh } from './store.ts'

/** `another`: the token is another client's, and nothing was done. Unknown tokens are nobody's. `before` is told what ends. */
export async function revokeRefreshToken(
  world: World,
  client: Pick<Client, 'poolId' | 'id'>,
  token: string,
  before: (session: Session) => Promise<void> = async () => {},
): Promise<'revoked' | 'unknown' | 'another'> {
  const found = await readRefresh(world.db, client.poolId, keysOfRefreshToken(world, token))
  if (!found) return 'unknown'
  if (found.session.clientId !== client.id) return 'another'
  await before(found.session)
  await endSession(world, { id: client.poolId }, found.session.id)
  return 'revoked'
}
