/** The table of app clients. Secrets are sealed, each bound to its client. */
import type { Seal } from '../../protocols/seal.ts'
import type { Db } from '../../store/db.ts'
import { type Sql, sql } from '../../store/db.ts'
import { addToCount } from '../pools/counts.ts'
import { readDocument } from '../pools/document.ts'
import type { Pool } from '../pools/pool.ts'
import { poolFrom } from '../pools/row.ts'
import { type Client, type ClientSettings, mayUseSrp } from './client.ts'
import type { Secret } from './secrets.ts'

type Row = {
  pool_id: string
  id: string
  name: string
  settings: string
  secrets: string
  created_at: number
  modified_at: number
}

type JoinedRow = Row & {
  p_region: string
  p_name: string
  p_settings: string
  p_attributes: string
  p_created_at: number
  p_modified_at: number
}

/** How a secret lies in the column. Its age is that of AWS's ClientSecretId. */
type SealedSecret = { readonly sealed: string; readonly createdAt: number }

const purpose = 'client-secret'
const boundTo = (poolId: string, id: string) => `${poolId}/${id}`

const sealSecret = (seal: Seal, poolId: string, id: string, { value, createdAt }: Secret): SealedSecret => ({
  sealed: seal.seal(purpose, value, boundTo(poolId, id)),
  createdAt,
})

function openSecret(seal: Seal, row: Pick<Row, 'pool_id' | 'id'>, { sealed }: SealedSecret): string {
  const opened = seal.open(purpose, sealed, boundTo(row.pool_id, row.id))
  // Serving on would make a confidential client a public one.
  if (!opened) throw new Error(`The secret of client ${row.id} cannot be opened: another master key, or a changed row.`)
  return opened.toString()
}

const clientFrom = (seal: Seal, row: Row): Client => ({
  poolId: row.pool_id,
  id: row.id,
  name: row.name,
  settings: readDocument<ClientSettings>(row.settings),
  secrets: readDocument<SealedSecret[]>(row.secrets).map((secret) => openSecret(seal, row, secret)),
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
})

/** The client and its live pool, in one look-up. */
export async function readClientAndPool(
  db: Db,
  seal: Seal,
  id: string,
): Promise<{ pool: Pool; client: Client } | undefined> {
  const row = await db.get<JoinedRow>(sql`
    select c.pool_id, c.id, c.name, c.settings, c.secrets, c.created_at, c.modified_at,
      p.region as p_region, p.name as p_name, p.settings as p_settings, p.attributes as p_attributes,
      p.created_at as p_created_at, p.modified_at as p_modified_at
    from clients c join pools p on p.id = c.pool_id
    where c.id = ${id} and p.deleted_at is null`)
  if (!row) return undefined
  const pool = poolFrom({
    id: row.pool_id,
    region: row.p_region,
    name: row.p_name,
    settings: row.p_settings,
    attributes: row.p_attributes,
    created_at: row.p_created_at,
    modified_at: row.p_modified_at,
  })
  return { pool, client: clientFrom(seal, row) }
}

const columns = sql`pool_id, id, name, settings, secrets, created_at, modified_at`

export async function readClient(db: Db, seal: Seal, poolId: string, id: string): Promise<Client | undefined> {
  const row = await db.get<Row>(sql`select ${columns} from clients where pool_id = ${poolId} and id = ${id}`)
  return row && clientFrom(seal, row)
}

/** How many clients the pool has, and whether any may use SRP. */
export async function countSrpClients(db: Db, poolId: string): Promise<{ clients: number; srp: boolean }> {
  const row = await db.get<{ clients: number; srp: number | null }>(
    sql`select count(*) as clients, max(srp) as srp from clients where pool_id = ${poolId}`,
  )
  return { clients: Number(row?.clients ?? 0), srp: row?.srp === 1 }
}

/** How many clients the pool has with this one; undefined if the id is taken, or the pool gone. */
export const insertClient = (db: Db, seal: Seal, client: Client): Promise<number | undefined> =>
  db.transaction(async (inside) => {
    const { poolId, id, createdAt } = client
    const secrets = client.secrets.map((value) => sealSecret(seal, poolId, id, { value, createdAt }))
    const changed = await inside.run(sql`
    insert into clients (pool_id, id, name, settings, secrets, srp, created_at, modified_at)
    select id, ${client.id}, ${client.name}, ${JSON.stringify(client.settings)}, ${JSON.stringify(secrets)},
      cast(${mayUseSrp(client)} as integer), cast(${client.createdAt} as bigint), cast(${client.modifiedAt} as bigint)
    from pools where id = ${client.poolId} and deleted_at is null
    on conflict do nothing`)
    return changed === 1 ? addToCount(inside, poolId, 'clients', 1) : undefined
  })

/** Replaces name and settings, not the secrets; false if the client is gone. */
export async function writeClient(
  db: Db,
  client: Pick<Client, 'poolId' | 'id' | 'name' | 'settings'>,
  now: number,
): Promise<boolean> {
  const changed = await db.run(sql`
    update clients set name = ${client.name}, settings = ${JSON.stringify(client.settings)},
      srp = ${mayUseSrp(client)}, modified_at = ${now}
    where pool_id = ${client.poolId} and id = ${client.id}`)
  return changed === 1
}

const readSealed = (db: Db, poolId: string, id: string) =>
  db.get<Pick<Row, 'pool_id' | 'id' | 'secrets'>>(
    sql`select pool_id, id, secrets from clients where pool_id = ${poolId} and id = ${id}`,
  )

const openSecrets = (seal: Seal, row: Pick<Row, 'pool_id' | 'id' | 'secrets'>): Secret[] =>
  readDocument<SealedSecret[]>(row.secrets).map((secret) => ({
    value: openSecret(seal, row, secret),
    createdAt: secret.createdAt,
  }))

/** The client's secrets, newest first; undefined if there is no such client. */
export async function readSecrets(db: Db, seal: Seal, poolId: string, id: string): Promise<Secret[] | undefined> {
  const row = await readSealed(db, poolId, id)
  return row && openSecrets(seal, row)
}

/**
 * Replaces the secrets by what `change` makes of them as they are now; undefined if the client is gone. `change` may
 * refuse, and may run twice.
 */
export const changeSecrets = (
  db: Db,
  seal: Seal,
  poolId: string,
  id: string,
  now: number,
  change: (secrets: readonly Secret[]) => readonly Secret[],
): Promise<readonly Secret[] | undefined> =>
  db.transaction(async (inside) => {
    const row = await readSealed(inside, poolId, id)
    if (!row) return undefined
    const secrets = change(openSecrets(seal, row))
    const sealed = secrets.map((secret) => sealSecret(seal, poolId, id, secret))
    await inside.run(sql`
      update clients set secrets = ${JSON.stringify(sealed)}, modified_at = ${now}
      where pool_id = ${poolId} and id = ${id}`)
    return secrets
  })

/** Ids and names of the pool's clients in the order of their ids, after that id. */
export const readNames = (
  db: Db,
  poolId: string,
  after: string,
  limit: number,
): Promise<{ id: string; name: string }[]> =>
  db.all(sql`select id, name from clients where pool_id = ${poolId} and id > ${after} order by id limit ${limit}`)

/** A condition: the pool has the client whose id that column has. */
export const clientIsThere = (poolId: string, column: Sql): Sql =>
  sql`exists (select 1 from clients c where c.pool_id = ${poolId} and c.id = ${column})`

export const deleteClient = (db: Db, poolId: string, id: string): Promise<boolean> =>
  db.transaction(async (inside) => {
    const changed = await inside.run(sql`delete from clients where pool_id = ${poolId} and id = ${id}`)
    if (changed === 1) await addToCount(inside, poolId, 'clients', -1)
    return changed === 1
  })
