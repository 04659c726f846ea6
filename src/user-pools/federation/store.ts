/** Tables user_pool_providers and provider_identifiers: the only SQL on them. Details lie sealed, bound to their row. */
import type { Seal } from '../../protocols/seal.ts'
import { type Db, join, list, sql } from '../../store/db.ts'
import type { IdentityProvider, ProviderType, Text } from './provider.ts'

type Row = {
  pool_id: string
  name: string
  type: ProviderType
  sealed_details: string
  settings: string
  created_at: number
  modified_at: number
}

type Settings = Pick<IdentityProvider, 'mapping' | 'identifiers' | 'acr'>

const purpose = 'provider-details'
const boundTo = (poolId: string, name: string) => `${poolId}/${name}`

function toProvider(seal: Seal, row: Row): IdentityProvider {
  const plain = seal.open(purpose, row.sealed_details, boundTo(row.pool_id, row.name))
  if (!plain) throw new Error(`The details of the provider ${row.name} of ${row.pool_id} cannot be opened.`)
  return {
    poolId: row.pool_id,
    name: row.name,
    type: row.type,
    details: JSON.parse(plain.toString()) as Text,
    ...(JSON.parse(row.settings) as Settings),
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  }
}

const columns = sql`pool_id, name, type, sealed_details, settings, created_at, modified_at`

export async function readProvider(
  db: Db,
  seal: Seal,
  poolId: string,
  name: string,
): Promise<IdentityProvider | undefined> {
  const row = await db.get<Row>(
    sql`select ${columns} from user_pool_providers where pool_id = ${poolId} and name = ${name}`,
  )
  return row && toProvider(seal, row)
}

export async function readProviders(
  db: Db,
  seal: Seal,
  poolId: string,
  names: readonly string[],
): Promise<IdentityProvider[]> {
  const rows = await db.all<Row>(
    sql`select ${columns} from user_pool_providers where pool_id = ${poolId} and name in (${list(names)})`,
  )
  return rows.map((row) => toProvider(seal, row))
}

export async function readIdentified(
  db: Db,
  seal: Seal,
  poolId: string,
  identifier: string,
): Promise<IdentityProvider | undefined> {
  const row = await db.get<{ provider: string }>(
    sql`select provider from provider_identifiers where pool_id = ${poolId} and identifier = ${identifier}`,
  )
  return row && readProvider(db, seal, poolId, row.provider)
}

export type Listed = Pick<IdentityProvider, 'name' | 'type' | 'createdAt' | 'modifiedAt'>

/** In the order of their names, after that one. */
export async function readProviderNames(db: Db, poolId: string, after: string, limit: number): Promise<Listed[]> {
  const rows = await db.all<Pick<Row, 'name' | 'type' | 'created_at' | 'modified_at'>>(sql`
    select name, type, created_at, modified_at from user_pool_providers
    where pool_id = ${poolId} and name > ${after} order by name limit ${limit}`)
  return rows.map((row) => ({
    name: row.name,
    type: row.type,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  }))
}

export const countProviders = async (db: Db, poolId: string): Promise<number> =>
  (await db.get<{ n: number }>(sql`select count(*) as n from user_pool_providers where pool_id = ${poolId}`))?.n ?? 0

const settingsOf = ({ mapping, identifiers, acr }: Settings) => JSON.stringify({ mapping, identifiers, acr })

const sealDetails = (seal: Seal, { poolId, name, details }: IdentityProvider) =>
  seal.seal(purpose, JSON.stringify(details), boundTo(poolId, name))

/** Inside a transaction; false if the name is taken. */
export async function insertProvider(db: Db, seal: Seal, provider: IdentityProvider): Promise<boolean> {
  const { poolId, name, type, createdAt, modifiedAt } = provider
  const added = await db.run(sql`
    insert into user_pool_providers (${columns})
    values (${poolId}, ${name}, ${type}, ${sealDetails(seal, provider)}, ${settingsOf(provider)}, ${createdAt},
      ${modifiedAt})
    on conflict do nothing`)
  return added === 1
}

/** Replaces the provider that was read; false if it was changed since, or is gone. */
export async function writeProvider(
  db: Db,
  seal: Seal,
  provider: IdentityProvider,
  { modifiedAt: read }: Pick<IdentityProvider, 'modifiedAt'>,
): Promise<boolean> {
  const { poolId, name, modifiedAt } = provider
  const changed = await db.run(sql`
    update user_pool_providers
    set sealed_details = ${sealDetails(seal, provider)}, settings = ${settingsOf(provider)}, modified_at = ${modifiedAt}
    where pool_id = ${poolId} and name = ${name} and modified_at = ${read}`)
  return changed === 1
}

export const deleteProvider = async (db: Db, poolId: string, name: string): Promise<boolean> =>
  (await db.run(sql`delete from user_pool_providers where pool_id = ${poolId} and name = ${name}`)) === 1

/** Replaces the identifiers of a provider, inside a transaction; answers those that are another provider's. */
export async function replaceIdentifiers(
  db: Db,
  poolId: string,
  provider: string,
  identifiers: readonly string[],
): Promise<string[]> {
  await db.run(sql`delete from provider_identifiers where pool_id = ${poolId} and provider = ${provider}`)
  if (identifiers.length === 0) return []
  const rows = identifiers.map((identifier) => sql`(${poolId}, ${identifier}, ${provider})`)
  const added = await db.all<{ identifier: string }>(sql`
    insert into provider_identifiers (pool_id, identifier, provider) values ${join(rows)}
    on conflict do nothing returning identifier`)
  const taken = new Set(added.map(({ identifier }) => identifier))
  return identifiers.filter((identifier) => !taken.has(identifier))
}
