/** The table of resource servers. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import type { ResourceServer, Scope } from './resource-server.ts'

type Row = { pool_id: string; identifier: string; name: string; scopes: string }

const serverFrom = (row: Row): ResourceServer => ({
  poolId: row.pool_id,
  identifier: row.identifier,
  name: row.name,
  scopes: JSON.parse(row.scopes) as Scope[],
})

const columns = sql`pool_id, identifier, name, scopes`

export async function readServer(db: Db, poolId: string, identifier: string): Promise<ResourceServer | undefined> {
  const row = await db.get<Row>(
    sql`select ${columns} from resource_servers where pool_id = ${poolId} and identifier = ${identifier}`,
  )
  return row && serverFrom(row)
}

/** The pool's resource servers in the order of their identifiers, after that one. */
export async function readServers(db: Db, poolId: string, after: string, limit: number): Promise<ResourceServer[]> {
  const rows = await db.all<Row>(sql`
    select ${columns} from resource_servers where pool_id = ${poolId} and identifier > ${after}
    order by identifier limit ${limit}`)
  return rows.map(serverFrom)
}

/** Adds a server where the identifier is free and the pool has fewer than `most`. */
export const insertServer = (db: Db, server: ResourceServer, most: number): Promise<'made' | 'taken' | 'full'> =>
  db.transaction(async (inside) => {
    const { poolId, identifier, name, scopes } = server
    if (await readServer(inside, poolId, identifier)) return 'taken'
    const count = await inside.get<{ servers: number }>(
      sql`select count(*) as servers from resource_servers where pool_id = ${poolId}`,
    )
    if (Number(count?.servers ?? 0) >= most) return 'full'
    const made = await inside.run(sql`
      insert into resource_servers (${columns}) values (${poolId}, ${identifier}, ${name}, ${JSON.stringify(scopes)})
      on conflict do nothing`)
    return made === 1 ? 'made' : 'taken'
  })

/** Replaces name and scopes; false if there is no such server. */
export async function writeServer(db: Db, { poolId, identifier, name, scopes }: ResourceServer): Promise<boolean> {
  const changed = await db.run(sql`
    update resource_servers set name = ${name}, scopes = ${JSON.stringify(scopes)}
    where pool_id = ${poolId} and identifier = ${identifier}`)
  return changed === 1
}

export const deleteServer = async (db: Db, poolId: string, identifier: string): Promise<boolean> =>
  (await db.run(sql`delete from resource_servers where pool_id = ${poolId} and identifier = ${identifier}`)) === 1
