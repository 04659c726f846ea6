import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { sql } from '../../store/db.ts'
import { literal } from '../../store/guard.ts'
import { migrate, readMigrations } from '../../store/migrate.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import { userBySub } from '../users/find.ts'
import { endOf } from './session.ts'
import { readSession } from './store.ts'

eachEngine((engine) => {
  test('sessions that a sign-out had ended stay over after the upgrade, and the others live', async () => {
    const db = await engine.open()
    const settings = completeSettings({})
    await insertPool(db, { id: 'p', region: 'us-east-1', name: 'p', settings, own: [], createdAt: 1 })
    for (const table of ['users', 'sessions', 'browser_sessions', 'device_grants'])
      await db.run(literal(`alter table ${table} drop column sign_outs`))
    await db.run(literal('alter table users add column signed_out_at bigint not null default 0'))
    await db.run(sql`delete from migrations where name = '0350-sign-outs'`)
    await db.run(sql`
      insert into users (pool_id, sub, username, status, enabled, attributes, created_at, modified_at, signed_out_at)
      values ('p', 'ann', 'ann', 'CONFIRMED', 1, '{}', 1, 1, 50)`)
    await db.run(sql`
      insert into clients (pool_id, id, name, settings, secrets, srp, created_at, modified_at)
      values ('p', 'c', 'c', '{}', '[]', 1, 1, 1)`)
    for (const [id, at] of [['before', 50] as const, ['after', 51] as const]) {
      await db.run(sql`
        insert into sessions (pool_id, id, sub, client_id, origin_jti, auth_time, started_at, expires_at)
        values ('p', ${id}, 'ann', 'c', ${id}, ${at}, ${at}, 1000)`)
      await db.run(sql`
        insert into browser_sessions (pool_id, hash, sub, domain, auth_time, started_at, expires_at)
        values ('p', ${id}, 'ann', 'd', ${at}, ${at}, 1000)`)
    }
    await migrate(db, await readMigrations())
    const ann = await userBySub({ db } as never, 'p', 'ann')
    assert.equal(endOf(ann, await readSession(db, 'p', 'before')), 'revoked')
    assert.equal(endOf(ann, await readSession(db, 'p', 'after')), undefined)
    const left = await db.all<{ hash: string }>(sql`select hash from browser_sessions`)
    assert.deepEqual(left, [{ hash: 'after' }])
  })
})
