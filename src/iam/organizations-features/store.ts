/** The SQL of the features of centralized root access: table organizations_features. */
import { type Db, sql } from '../../store/db.ts'

export type Feature = 'RootCredentialsManagement' | 'RootSessions'

export const readFeatures = async (db: Db, account: string): Promise<Feature[]> => {
  const rows = await db.all<{ feature: Feature }>(
    sql`select feature from organizations_features where account = ${account} order by feature`,
  )
  return rows.map(({ feature }) => feature)
}

/** One that is on stays on. */
export const insertFeature = (db: Db, account: string, feature: Feature, now: number): Promise<number> =>
  db.run(
    sql`insert into organizations_features (account, feature, enabled_at) values (${account}, ${feature}, ${now})
      on conflict do nothing`,
  )

export const removeFeature = (db: Db, account: string, feature: Feature): Promise<number> =>
  db.run(sql`delete from organizations_features where account = ${account} and feature = ${feature}`)
