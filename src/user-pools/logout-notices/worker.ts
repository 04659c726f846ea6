/** The worker of a node: posts logout tokens to the apps that wait for them, and tries again where it failed. */
import type { Background } from '../../background.ts'
import { type Job, type Kind, startJobs, type Verdict } from '../../jobs/queue.ts'
import type { World } from '../../world.ts'
import { extensionsOf } from '../oauth-extensions/extensions.ts'
import { findPool } from '../pools/find.ts'
import { sign } from '../tokens/issue.ts'
import { issuerOf } from '../tokens/issuer.ts'
import { makeUuid } from '../tokens/uuid.ts'
import { type Notice, noticeKind } from './notify.ts'

const timeoutMs = 5_000
/** An app that has not listened by then has other worries. */
const keep = 86_400_000
/** Before the second attempt, the third, and so on; the last one is repeated until the notice is too old. */
const pauses = [5_000, 30_000, 120_000, 600_000, 3_600_000]
const tokenSeconds = 120

/** 2.4. It has no `token_use`, so that it is nobody's ID token here, and no nonce, so that it is none elsewhere. */
async function makeToken(world: World, { poolId, clientId, sub, sid }: Notice): Promise<string | undefined> {
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
async function tell(world: World, job: Job): Promise<Verdict> {
  const notice = JSON.parse(job.body) as Notice
  const { poolId, clientId } = notice
  const { backchannelLogoutUri: uri } = await extensionsOf(world, { poolId, id: clientId })
  const token = uri === undefined ? undefined : await makeToken(world, notice)
  if (uri === undefined || token === undefined) return 'done'
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ logout_token: token }).toString(),
    ...{ timeoutMs, mostBytes: 65_536 },
  }
  const status = await world.fetch(uri, request).then(
    (answer) => answer.status,
    (error: Error) => error.message,
  )
  const isAnswer = typeof status === 'number' && status < 500 && status !== 408 && status !== 429
  if (isAnswer && status < 300) return 'done'
  if (isAnswer) return { givenUp: `the app answered ${status}` }
  const again = world.now() + (pauses[Math.min(job.tries, pauses.length) - 1] ?? 0)
  const reason = typeof status === 'number' ? `the app answered ${status}` : status
  return again - job.made > keep ? { givenUp: reason } : { again, reason }
}

/** Posts take a little time: a token is signed before. */
export const logoutNotices: Kind = {
  ...{ name: noticeKind, what: 'A notice of a sign-out', atOnce: 20, atOnceOfTarget: 5, longestTry: 2 * timeoutMs },
  attempt: tell,
}

/** Works for as long as the program runs. */
export const startLogoutNotices = (world: World): Background => startJobs(world, logoutNotices)
