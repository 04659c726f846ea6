/** Facts about the whole installation that are decided once and shared by all nodes, such as its id. Owns table settings. */
import type { Db } from './db.ts'
import { sql } from './db.ts'

/** The value, or undefined if it was never written. */
export async function readSetting(db: Db, name: string): Promise<string | undefined> {
  return (await db.get<{ value: string }>(sql`select value from settings where name = ${name}`))?.value
}

/** Writes something that changes nothing: it proves that writing is possible. */
export async function touch(db: Db, now: number): Promise<void> {
  await db.run(sql`
    insert into settings (name, value) values ('touched', ${String(now)})
    on conflict (name) do update set value = excluded.value`)
}

/** Writes the value unless there is one; answers the one that counts, which is the first writer's. */
export async function writeSettingOnce(db: Db, name: string, value: string): Promise<string> {
  await db.run(sql`insert into settings (name, value) values (${name}, ${value}) on conflict do nothing`)
  return (await readSetting(db, name)) ?? value
}
