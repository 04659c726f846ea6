/** The table of domains. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import type { Domain, DomainKind, DomainSettings } from './domain.ts'

type Row = { pool_id: string; kind: DomainKind; name: string; settings: string; version: string }

const domainFrom = (row: Row): Domain => ({
  poolId: row.pool_id,
  kind: row.kind,
  name: row.name,
  settings: JSON.parse(row.settings) as DomainSettings,
  version: row.version,
})

const columns = sql`pool_id, kind, name, settings, version`

export async function readDomain(db: Db, name: string): Promise<Domain | undefined> {
  const row = await db.get<Row>(sql`select ${columns} from domains where name = ${name}`)
  return row && domainFrom(row)
}

/** The pool's domains, the custom one first. */
export async function readDomains(db: Db, poolId: string): Promise<Domain[]> {
  const rows = await db.all<Row>(sql`select ${columns} from domains where pool_id = ${poolId} order by kind`)
  return rows.map(domainFrom)
}

/** Whether the domain was made: false if the name is taken, the pool has one of that kind, or the pool is gone. */
export async function insertDomain(db: Db, { poolId, kind, name, settings, version }: Domain): Promise<boolean> {
  const changed = await db.run(sql`
    insert into domains (${columns})
    select id, ${kind}, ${name}, ${JSON.stringify(settings)}, ${version}
    from pools where id = ${poolId} and deleted_at is null
    on conflict do nothing`)
  return changed === 1
}

/**
 * Changes the pool's domain of that name by what `change` makes of it as it is now, so that no two changes undo each
 * other; undefined if it has none. `change` may refuse, and may run twice.
 */
export const changeDomain = (
  db: Db,
  poolId: string,
  name: string,
  change: (domain: Domain) => Pick<Domain, 'settings' | 'version'>,
): Promise<Domain | undefined> =>
  db.transaction(async (inside) => {
    const before = (await readDomains(inside, poolId)).find((one) => one.name === name)
    if (!before) return undefined
    const { settings, version } = change(before)
    await inside.run(sql`
      update domains set settings = ${JSON.stringify(settings)}, version = ${version}
      where pool_id = ${poolId} and name = ${name}`)
    return { ...before, settings, version }
  })

export const deleteDomain = async (db: Db, poolId: string, name: string): Promise<boolean> =>
  (await db.run(sql`delete from domains where pool_id = ${poolId} and name = ${name}`)) === 1
