/** The SQL of the account's settings: table iam_accounts. */
import { type Db, sql } from '../../store/db.ts'
import type { PasswordPolicy } from './password-policy.ts'

export type AccountSettings = {
  readonly alias: string | undefined
  readonly passwordPolicy: PasswordPolicy | undefined
}

export async function readAccount(db: Db, account: string): Promise<AccountSettings> {
  const row = await db.get<{ alias: string | null; password_policy: string | null }>(
    sql`select alias, password_policy from iam_accounts where account = ${account}`,
  )
  const policy = row?.password_policy ?? undefined
  return {
    alias: row?.alias ?? undefined,
    passwordPolicy: policy === undefined ? undefined : (JSON.parse(policy) as PasswordPolicy),
  }
}

export const writeAlias = (db: Db, account: string, alias: string | undefined): Promise<number> =>
  db.run(
    sql`insert into iam_accounts (account, alias) values (${account}, ${alias})
      on conflict (account) do update set alias = excluded.alias`,
  )

export const writePasswordPolicy = (db: Db, account: string, policy: PasswordPolicy | undefined): Promise<number> =>
  db.run(
    sql`insert into iam_accounts (account, password_policy) values (${account}, ${policy && JSON.stringify(policy)})
      on conflict (account) do update set password_policy = excluded.password_policy`,
  )
