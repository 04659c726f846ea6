/** The tables of identities and their logins. */
import { type Db, join, list, sql } from '../../store/db.ts'
import type { Identity, Linked, Login } from './identity.ts'
import type { Links } from './links.ts'

type Row = {
  pool_id: string
  id: string
  kind: Identity['kind']
  merged_into: string | null
  created_at: number
  modified_at: number
}

const columns = sql`pool_id, id, kind, merged_into, created_at, modified_at`

const identityFrom = (row: Row): Identity => ({
  poolId: row.pool_id,
  id: row.id,
  kind: row.kind,
  mergedInto: row.merged_into ?? undefined,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
})

/** The identity of that id, in whichever pool it is. */
export async function readIdentity(db: Db, id: string): Promise<Identity | undefined> {
  const row = await db.get<Row>(sql`select ${columns} from identities where id = ${id}`)
  return row && identityFrom(row)
}

export async function insertIdentity(db: Db, identity: Identity): Promise<void> {
  await db.run(sql`
    insert into identities (${columns})
    values (${identity.poolId}, ${identity.id}, ${identity.kind}, ${identity.mergedInto}, ${identity.createdAt},
      ${identity.modifiedAt})`)
}

/** Adds their logins to identities of one pool, in the order of the providers' names. */
export async function withLogins(db: Db, poolId: string, identities: readonly Identity[]): Promise<Linked[]> {
  if (identities.length === 0) return []
  const rows = await db.all<{ provider: string; user_id: string; identity_id: string; developer: number }>(sql`
    select provider, user_id, identity_id, developer from identity_logins
    where pool_id = ${poolId} and identity_id in (${list(identities.map(({ id }) => id))})
    order by identity_id, provider, user_id`)
  const of = Map.groupBy(rows, ({ identity_id }) => identity_id)
  return identities.map((identity) => ({
    ...identity,
    logins: (of.get(identity.id) ?? []).map((row) => ({
      provider: row.provider,
      userId: row.user_id,
      ...(row.developer === 1 && { developer: true as const }),
    })),
  }))
}

/** The ids of the identities that have these logins, one entry for each login that is known. */
export async function readOwners(db: Db, poolId: string, logins: readonly Login[]): Promise<string[]> {
  // Each whole, with the pool: else SQLite walks through all logins of the pool.
  const these = logins.map(
    ({ provider, userId }) => sql`(pool_id = ${poolId} and provider = ${provider} and user_id = ${userId})`,
  )
  const rows = await db.all<{ identity_id: string }>(
    sql`select identity_id from identity_logins where ${join(these, ' or ')}`,
  )
  return rows.map((row) => row.identity_id)
}

/** The identity of that id, or the one that it was merged into. */
async function readSurvivor(db: Db, id: string): Promise<Identity | undefined> {
  let identity = await readIdentity(db, id)
  while (identity?.mergedInto !== undefined) identity = await readIdentity(db, identity.mergedInto)
  return identity
}

/** Read and written as one: what `plan` makes of the named identity and of those that have the logins. */
export type Settling = {
  readonly poolId: string
  readonly logins: readonly Login[]
  /** The identity that the caller named. */
  readonly named: string | undefined
  /** The id of a new identity, should there be need of one. */
  readonly fresh: string
  readonly now: number
}

/**
 * Settles to which identity the logins lead, and answers its id; undefined if the named one is gone. `plan` may refuse,
 * and may run twice.
 */
export const settle = (
  db: Db,
  { poolId, logins, named, fresh, now }: Settling,
  plan: (owners: readonly Linked[], named: Linked | undefined) => Links,
): Promise<string | undefined> =>
  db.transaction(async (inside) => {
    const survivor = named === undefined ? undefined : await readSurvivor(inside, named)
    if (named !== undefined && survivor?.poolId !== poolId) return undefined
    const ids = new Set(await readOwners(inside, poolId, logins))
    const owners = (await Promise.all([...ids].map((id) => readIdentity(inside, id)))).filter(
      (one) => one !== undefined,
    )
    const known = await withLogins(inside, poolId, survivor && !ids.has(survivor.id) ? [...owners, survivor] : owners)
    const { keep, link, merge } = plan(
      known.filter(({ id }) => ids.has(id)),
      known.find(({ id }) => id === survivor?.id),
    )
    const id = keep ?? fresh
    const times = { createdAt: now, modifiedAt: now }
    if (keep === undefined) await insertIdentity(inside, { poolId, id, kind: 'user', mergedInto: undefined, ...times })
    else
      await inside.run(sql`
      update identities set kind = 'user', modified_at = ${now} where pool_id = ${poolId} and id = ${id}`)
    for (const merged of merge) await moveInto(inside, poolId, merged, id, now)
    for (const { provider, userId, developer } of link) {
      // Nobody has it: what somebody else links at the same time makes one of the two transactions run again.
      await inside.run(sql`
        insert into identity_logins (pool_id, provider, user_id, identity_id, linked_at, developer)
        values (${poolId}, ${provider}, ${userId}, ${id}, ${now}, ${developer ? 1 : 0})
        on conflict do nothing`)
    }
    return id
  })

async function moveInto(db: Db, poolId: string, from: string, into: string, now: number) {
  await db.run(sql`
    update identity_logins set identity_id = ${into} where pool_id = ${poolId} and identity_id = ${from}`)
  await db.run(sql`
    update identities set kind = 'merged', merged_into = ${into}, modified_at = ${now}
    where pool_id = ${poolId} and id = ${from}`)
}

/** Takes logins from an identity: all of some providers but the developer's. Answers how many went. */
export const unlinkProviders = (
  db: Db,
  identity: Pick<Identity, 'poolId' | 'id'>,
  providers: readonly string[],
  now: number,
): Promise<number> =>
  db.transaction(async (inside) => {
    const { poolId, id } = identity
    const gone = await inside.run(sql`
      delete from identity_logins where pool_id = ${poolId} and identity_id = ${id} and developer = 0
        and provider in (${list(providers)})`)
    if (gone > 0) await touch(inside, identity, now)
    return gone
  })

/** Takes one developer's user from an identity; false if it has no such login. */
export const unlinkDeveloper = (
  db: Db,
  identity: Pick<Identity, 'poolId' | 'id'>,
  { provider, userId }: Login,
  now: number,
): Promise<boolean> =>
  db.transaction(async (inside) => {
    const gone = await inside.run(sql`
      delete from identity_logins where pool_id = ${identity.poolId} and provider = ${provider} and user_id = ${userId}
        and identity_id = ${identity.id} and developer = 1`)
    if (gone > 0) await touch(inside, identity, now)
    return gone > 0
  })

const touch = (db: Db, { poolId, id }: Pick<Identity, 'poolId' | 'id'>, now: number) =>
  db.run(sql`update identities set modified_at = ${now} where pool_id = ${poolId} and id = ${id}`)

/** The developer's users of an identity in the order of their ids, after that id. */
export async function readDeveloperUsers(
  db: Db,
  { poolId, id }: Pick<Identity, 'poolId' | 'id'>,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await db.all<{ user_id: string }>(sql`
    select user_id from identity_logins
    where pool_id = ${poolId} and identity_id = ${id} and developer = 1 and user_id > ${after}
    order by user_id limit ${limit}`)
  return rows.map((row) => row.user_id)
}

/** Identities of the pool in the order of their ids, after that id; without the merged ones if those are hidden. */
export async function readIdentities(
  db: Db,
  poolId: string,
  { after, limit, hideMerged }: { after: string; limit: number; hideMerged: boolean },
): Promise<Linked[]> {
  const shown = hideMerged ? sql`and kind <> 'merged'` : sql``
  const rows = await db.all<Row>(sql`
    select ${columns} from identities where pool_id = ${poolId} and id > ${after} ${shown} order by id limit ${limit}`)
  return withLogins(db, poolId, rows.map(identityFrom))
}

export const deleteIdentity = (db: Db, poolId: string, id: string): Promise<number> =>
  db.run(sql`delete from identities where pool_id = ${poolId} and id = ${id}`)

/** Deletes so many identities of the pool; answers how many went. */
export const deleteSome = (db: Db, poolId: string, limit: number): Promise<number> =>
  db.run(sql`
    delete from identities where pool_id = ${poolId} and id in (
      select id from identities where pool_id = ${poolId} limit ${limit})`)

/** The ids of those that were merged into the identity, and into these, in their order. */
export async function readMergedInto(db: Db, poolId: string, id: string): Promise<string[]> {
  const rows = await db.all<{ id: string }>(sql`
    with recursive merged (id) as (
      select id from identities where pool_id = ${poolId} and merged_into = ${id}
      union
      select identities.id from identities join merged on identities.merged_into = merged.id
      where identities.pool_id = ${poolId}
    )
    select id from merged order by id`)
  return rows.map((row) => row.id)
}
