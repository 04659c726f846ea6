import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testWorld } from '../../../test/support/world.ts'
import { tryDue } from '../../jobs/queue.ts'
import { sql } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import { insertIdentity } from './identity-store.ts'
import { promiseSignOuts, providerSignOuts } from './sign-outs.ts'

test('a provider’s users are signed out a batch at a time: a node that dies leaves the rest to another', async (t) => {
  const world = await testWorld()
  t.after(() => world.close())
  const { db } = world
  const settings = completeSettings({})
  await insertPool(db, { id: 'p', region: 'us-east-1', name: 'p', settings, own: [], createdAt: 1 })
  await db.transaction(async (tx) => {
    for (let index = 0; index < 501; index++) {
      const sub = `u${index}`
      await tx.run(sql`
        insert into users (pool_id, sub, username, status, enabled, attributes, created_at, modified_at)
        values ('p', ${sub}, ${sub}, 'EXTERNAL_PROVIDER', 1, '{}', 1, 1)`)
      const of = { provider: 'Corp', attribute: 'Cognito_Subject', value: sub, sub, standsAlone: index > 0 }
      await insertIdentity(tx, 'p', { ...of, providerType: 'OIDC', issuer: undefined, createdAt: 1 })
    }
  })
  const left = async () => (await db.get<{ n: number }>(sql`select count(*) as n from users where sign_outs = 0`))?.n
  await db.transaction((tx) => promiseSignOuts(world, tx, { id: 'p' }, 'Corp'))
  assert.equal(await left(), 501)
  for (let rounds = 0; (await tryDue(world, providerSignOuts)) > 0; rounds++) assert.ok(rounds < 3)
  assert.equal(await left(), 1, 'who was only linked stays signed in')
})
