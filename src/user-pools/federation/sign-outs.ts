/** Signing those out whose profiles began with a provider that is deleted: promised with the deletion, done in jobs. */
import type { Background } from '../../background.ts'
import { insertJob, type Job, type Kind, startJobs, type Verdict } from '../../jobs/queue.ts'
import type { Db } from '../../store/db.ts'
import type { World } from '../../world.ts'
import { noteSignOut } from '../logout-notices/notify.ts'
import type { Pool } from '../pools/pool.ts'
import { makeUuid } from '../tokens/uuid.ts'
import { signOutAll } from '../users/sign-out.ts'
import { subjectAttribute } from './identity.ts'
import { readUsersOf } from './identity-store.ts'

/** `after`: the provider's subject that came last. */
type Body = { readonly poolId: string; readonly provider: string; readonly after: string }

const kindName = 'provider-sign-out'
const atOnce = 500

const promise = (world: World, db: Db, body: Body): Promise<void> =>
  insertJob(db, {
    id: makeUuid(world),
    kind: kindName,
    target: body.poolId,
    body: JSON.stringify(body),
    made: world.now(),
  })

/** To be asked inside the transaction that deletes the provider. */
export const promiseSignOuts = (world: World, db: Db, pool: Pick<Pool, 'id'>, provider: string): Promise<void> =>
  promise(world, db, { poolId: pool.id, provider, after: '' })

/** Ends every session of some of them; the rest is the next job's, promised in the same transaction. */
async function attempt(world: World, job: Job): Promise<Verdict> {
  const body = JSON.parse(job.body) as Body
  const { poolId, provider, after } = body
  const users = await readUsersOf(world.db, poolId, provider, { attribute: subjectAttribute, after, limit: atOnce })
  const subs = users.map(({ sub }) => sub)
  for (const sub of subs) await noteSignOut(world, { id: poolId }, sub)
  const last = users.length === atOnce ? users.at(-1)?.value : undefined
  await world.db.transaction(async (db) => {
    await signOutAll(db, poolId, subs)
    if (last !== undefined) await promise(world, db, { ...body, after: last })
  })
  return 'done'
}

export const providerSignOuts: Kind = {
  ...{ name: kindName, what: 'The sign-out of a provider’s users', atOnce: 2, atOnceOfTarget: 1, longestTry: 60_000 },
  attempt,
}

/** Works for as long as the program runs. */
export const startProviderSignOuts = (world: World): Background => startJobs(world, providerSignOuts)
