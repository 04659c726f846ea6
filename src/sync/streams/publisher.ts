/**
 * Brings changes to their streams: at least once, and those of one identity in their order. Any number of nodes may do it;
 * a pool's stream is one node's at a time. AWS: Developer Guide, "Amazon Cognito Streams".
 */

import { type Background, inBackground } from '../../background.ts'
import { findPool } from '../../identity-pools/pools/find.ts'
import { type Pool, poolArn } from '../../identity-pools/pools/pool.ts'
import { serviceCaller, serviceMay } from '../../sts/service-role.ts'
import type { World } from '../../world.ts'
import { findDestination } from '../destinations.ts'
import { firstWaiting, forget } from '../outbox/outbox.ts'
import { changeSyncPool, findSyncPool } from '../pools/find.ts'
import { endTurn, keepTurn, type Turn, takeTurn } from '../pools/lease.ts'
import type { Streams } from '../pools/sync-pool.ts'
import { publishStep } from './bulk.ts'
import { type Put, putRecords } from './deliver.ts'

const pauseBetweenLooks = 1_000
/** Kinesis takes 500 records and 5 MB at a time. */
/** Puts in a turn: then it is another pool's. */
const mostPuts = 20
const mostAtATime = { records: 500, bytes: 4_000_000 }

/** Works for as long as the program runs. `stop` lets the put under way finish. */
export const startStreams = (world: World, { look = pauseBetweenLooks } = {}): Background =>
  inBackground({
    ...{ log: world.log, between: look, trouble: 'A stream was interrupted; it will go on later.' },
    round: (signal) => publishOnce(world, signal),
  })

/** Works on one pool's stream, if one waits; answers whether there was any. */
export async function publishOnce(world: World, signal?: AbortSignal): Promise<boolean> {
  const turn = await takeTurn(world)
  if (!turn) return false
  const { poolId } = turn
  const pool = await findPool(world, poolId)
  const { streams, failures } = await findSyncPool(world, poolId)
  const outcome = pool && streams ? await publish(world, pool, streams, turn, signal) : 'gone'
  if (outcome === 'gone') await disable(world, poolId)
  await endTurn(world, turn, outcome === 'later' ? failures + 1 : 0)
  return outcome === 'done'
}

/** AWS switches streaming off; what waits stays, for when somebody has repaired it and switches it on. */
async function disable(world: World, poolId: string) {
  world.log.error({ pool: poolId }, 'Cognito Streams was switched off: the stream or its role is not as it must be.')
  await changeSyncPool(world, poolId, (before) => ({
    ...before,
    streams: before.streams && { ...before.streams, StreamingStatus: 'DISABLED' },
    bulk:
      before.bulk.status === 'IN_PROGRESS'
        ? { ...before.bulk, status: 'FAILED', completedAt: world.now(), failure: 'Cognito Streams was switched off.' }
        : before.bulk,
  }))
}

type Outcome = 'done' | 'later' | 'gone'

async function publish(
  world: World,
  pool: Pool,
  streams: Streams,
  turn: Turn,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const { StreamName: name = '', RoleArn: roleArn = '' } = streams
  const destination = findDestination(world.settings.sync, name)
  if (!destination || !(await mayPut(world, pool, roleArn, name))) return 'gone'
  const put: Put = (records) => putRecords(world, destination, { name, region: pool.region }, records)
  for (let puts = 0; puts < mostPuts && !signal?.aborted; puts++) {
    if (!(await keepTurn(world, turn))) return 'done'
    const changes = await publishChanges(world, pool.id, put)
    if (changes !== 'nothing') {
      if (changes !== 'done') return changes
      continue
    }
    const bulk = await publishStep(world, pool, put)
    if (bulk !== 'done') return bulk === 'nothing' ? 'done' : bulk
  }
  return 'done'
}

/** The role must let Cognito Sync in and write to the stream. */
async function mayPut(world: World, pool: Pool, roleArn: string, stream: string): Promise<boolean> {
  const { region } = pool
  const sourceArn = poolArn(world.settings, pool)
  const service = 'cognito-sync.amazonaws.com'
  const caller = await serviceCaller(world, { service, roleArn, region, sourceArn, sessionName: 'CognitoStreams' })
  const resource = `arn:aws:kinesis:${region}:${world.settings.account}:stream/${stream}`
  return (
    caller !== undefined &&
    (await serviceMay(world, caller, { region }, ['kinesis:PutRecords', 'kinesis:PutRecord'], resource))
  )
}

async function publishChanges(world: World, poolId: string, put: Put): Promise<Outcome | 'nothing'> {
  const changes = await firstWaiting(world, poolId, mostAtATime)
  if (changes.length === 0) return 'nothing'
  const { taken, trouble, gone } = await put(
    changes.map(({ identityId, payload }) => ({ partitionKey: identityId, data: payload })),
  )
  await forget(
    world,
    changes.filter((_, at) => taken[at]),
  )
  return verdict(world, poolId, trouble, gone)
}

function verdict(world: World, poolId: string, trouble: string | undefined, gone: true | undefined): Outcome {
  if (trouble === undefined) return 'done'
  world.log.warn({ pool: poolId, trouble }, 'A stream did not take a change; it will be tried again.')
  return gone ? 'gone' : 'later'
}
