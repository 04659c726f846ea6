/** How much of each thing there is. It only reads; the tables have their owners. */
import { type Db, sql } from '../../store/db.ts'

/** How many rows each kind of entity has, in one query. */
export async function countEntities(db: Db, account: string): Promise<Record<string, number>> {
  const row = await db.get<Record<string, number>>(
    sql`select (select count(*) from iam_users where account = ${account}) as users,
      (select count(*) from iam_groups where account = ${account}) as groups,
      (select count(*) from roles where account = ${account}) as roles,
      (select count(*) from managed_policies where account = ${account}) as policies,
      (select count(*) from managed_policy_versions where account = ${account}) as versions,
      (select count(*) from mfa_devices where account = ${account}) as devices,
      (select count(*) from mfa_devices where account = ${account} and user_id is not null) as "devicesInUse",
      (select count(*) from instance_profiles where account = ${account}) as profiles,
      (select count(*) from server_certificates where account = ${account}) as "serverCertificates",
      (select count(*) from oidc_providers where account = ${account})
        + (select count(*) from saml_providers where account = ${account}) as providers`,
  )
  return row ?? {}
}
