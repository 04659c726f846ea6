/** The worker of a node: posts logout tokens to the apps that wait for them, and tries again where it failed. */
import { type Background, inBackground } from '../../background.ts'
import type { World } from '../../world.ts'
import { extensionsOf } from '../oauth-extensions/extensions.ts'
import { findPool } from '../pools/find.ts'
import { sign } from '../tokens/issue.ts'
import { issuerOf } from '../tokens/issuer.ts'
import { makeUuid } from '../tokens/uuid.ts'
import { type Due, deleteNotice, postpone, takeDue } from './store.ts'

const timeoutMs = 5_000
/** Longer than a delivery may take. */
const lease = 30_000
/** Before the second attempt, the third, and so on; the last one is repeated until the notice is too old. */
const pauses = [5_000, 30_000, 120_000, 600_000, 3_600_000]
const tokenSeconds = 120

/** 2.4. It has no `token_use`, so that it is nobody's ID token here, and no nonce, so that it is none elsewhere. */
async function makeToken(world: World, { poolId, clientId, sub, sid }: Due): Promise<string | undefined> {
  const pool = await findPool(world, poolId)
  if (!pool) return undefined
  const now = Math.floor(world.now() / 1000)
  const claims = {
    iss: issuerOf(world.settings, pool),
    ...{ aud: clientId, sub, iat: now, exp: now + tokenSeconds, jti: makeUuid(world) },
    ...(sid !== undefined && { sid }),
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  }
  return sign(world, pool, 'id', claims, 'logout+jwt')
}

/** 2.8: 200 or 204 says that the app has done it, 400 that it cannot; anything else is worth another try. */
async function deliver(world: World, notice: Due): Promise<void> {
  const { backchannelLogoutUri: uri } = await extensionsOf(world, { poolId: notice.poolId, id: notice.clientId })
  const token = uri === undefined ? undefined : await makeToken(world, notice)
  if (uri === undefined || token === undefined) return deleteNotice(world.db, notice)
  const line = { poolId: notice.poolId, clientId: notice.clientId }
  try {
    const { status } = await world.fetch(uri, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ logout_token: token }).toString(),
      ...{ timeoutMs, mostBytes: 65_536 },
    })
    if (status >= 500 || status === 408 || status === 429) throw new Error(`It answered ${status}.`)
    if (status >= 300) world.log.warn({ ...line, status }, 'an app could not sign a user out')
    await deleteNotice(world.db, notice)
  } catch (error) {
    world.log.warn({ ...line, err: error }, 'an app was not told of a sign-out; it will be tried again')
    const wait = pauses[Math.min(notice.attempts, pauses.length - 1)] ?? 0
    await postpone(world.db, notice, world.now() + wait)
  }
}

/** Tells everybody who is due; how many were tried. */
export async function tellAll(world: World, signal?: AbortSignal): Promise<number> {
  let tried = 0
  while (!signal?.aborted) {
    const notice = await takeDue(world.db, world.now(), world.now() + lease)
    if (!notice) return tried
    await deliver(world, notice)
    tried += 1
  }
  return tried
}

/** Works for as long as the program runs. `stop` lets the delivery under way finish. */
export const startLogoutNotices = (world: World, { look = 1_000 } = {}): Background =>
  inBackground({
    ...{ log: world.log, between: look, trouble: 'Apps could not be told of sign-outs; it will go on later.' },
    async round(signal) {
      await tellAll(world, signal)
    },
  })
