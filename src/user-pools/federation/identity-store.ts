/** Table federated_identities: the only SQL on it. */
import { type Db, join, sql } from '../../store/db.ts'
import type { ProviderType } from './provider.ts'

/** A provider's subject, or the value of an attribute until its first sign-in, and the user it opens. */
export type FederatedIdentity = {
  readonly provider: string
  /** `Cognito_Subject`, or an attribute of the pool. */
  readonly attribute: string
  readonly value: string
  readonly sub: string
  readonly providerType: ProviderType
  readonly issuer: string | undefined
  /** The profile began with it; otherwise it was linked. */
  readonly standsAlone: boolean
  readonly createdAt: number
}

type Row = {
  provider: string
  attribute: string
  value: string
  sub: string
  provider_type: ProviderType
  issuer: string | null
  stands_alone: number
  created_at: number
}

const toIdentity = (row: Row): FederatedIdentity => ({
  provider: row.provider,
  attribute: row.attribute,
  value: row.value,
  sub: row.sub,
  providerType: row.provider_type,
  issuer: row.issuer ?? undefined,
  standsAlone: row.stands_alone === 1,
  createdAt: row.created_at,
})

const columns = sql`provider, attribute, value, sub, provider_type, issuer, stands_alone, created_at`

export async function readIdentity(
  db: Db,
  poolId: string,
  provider: string,
  attribute: string,
  value: string,
): Promise<FederatedIdentity | undefined> {
  const row = await db.get<Row>(sql`
    select ${columns} from federated_identities
    where pool_id = ${poolId} and provider = ${provider} and attribute = ${attribute} and value = ${value}`)
  return row && toIdentity(row)
}

/** Some of the users whose profiles began with the provider, by its subjects after that one. */
export const readUsersOf = (
  db: Db,
  poolId: string,
  provider: string,
  { attribute, after, limit }: { readonly attribute: string; readonly after: string; readonly limit: number },
): Promise<{ sub: string; value: string }[]> =>
  db.all<{ sub: string; value: string }>(sql`
    select sub, value from federated_identities
    where pool_id = ${poolId} and provider = ${provider} and attribute = ${attribute} and value > ${after}
      and stands_alone = 1
    order by value limit ${limit}`)

/** Oldest first. */
export async function readIdentitiesOf(db: Db, poolId: string, sub: string): Promise<FederatedIdentity[]> {
  const rows = await db.all<Row>(sql`
    select ${columns} from federated_identities where pool_id = ${poolId} and sub = ${sub}
    order by created_at, provider, attribute, value`)
  return rows.map(toIdentity)
}

/** The identity that one of these attributes has as its value; the first in the order of their names. */
export async function readIdentityBy(
  db: Db,
  poolId: string,
  provider: string,
  values: Readonly<Record<string, string>>,
): Promise<FederatedIdentity | undefined> {
  const pairs = Object.entries(values).map(([name, value]) => sql`(attribute = ${name} and value = ${value})`)
  if (pairs.length === 0) return undefined
  const row = await db.get<Row>(sql`
    select ${columns} from federated_identities
    where pool_id = ${poolId} and provider = ${provider} and (${join(pairs, ' or ')}) order by attribute limit 1`)
  return row && toIdentity(row)
}

/** Whether somebody is linked by that attribute and has not come yet. */
export const isLinkedBy = async (db: Db, poolId: string, provider: string, attribute: string): Promise<boolean> =>
  (await db.get(sql`
    select 1 from federated_identities
    where pool_id = ${poolId} and provider = ${provider} and attribute = ${attribute} limit 1`)) !== undefined

/** False if it opens an account already. */
export async function insertIdentity(db: Db, poolId: string, one: FederatedIdentity): Promise<boolean> {
  const added = await db.run(sql`
    insert into federated_identities (pool_id, ${columns})
    values (${poolId}, ${one.provider}, ${one.attribute}, ${one.value}, ${one.sub}, ${one.providerType}, ${one.issuer},
      ${one.standsAlone}, ${one.createdAt})
    on conflict do nothing`)
  return added === 1
}

export const deleteIdentity = async (
  db: Db,
  poolId: string,
  { provider, attribute, value }: Pick<FederatedIdentity, 'provider' | 'attribute' | 'value'>,
): Promise<boolean> =>
  (await db.run(sql`
    delete from federated_identities
    where pool_id = ${poolId} and provider = ${provider} and attribute = ${attribute} and value = ${value}`)) === 1
