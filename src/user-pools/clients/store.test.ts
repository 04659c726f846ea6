import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { createSeal } from '../../protocols/seal.ts'
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import type { Client } from './client.ts'
import { srpMayBeUsed } from './find.ts'
import { completeClient, type WantedClient } from './settings.ts'
import * as store from './store.ts'

const seal = createSeal(randomBytes(32))

const makePool = (db: Db, id: string) =>
  insertPool(db, { id, region: 'us-east-1', name: id, settings: completeSettings({}), own: [], createdAt: 1 })

const clientOf = (poolId: string, id: string, more: Partial<Client> = {}): Client => ({
  poolId,
  id,
  name: id,
  settings: completeClient({}),
  secrets: [],
  createdAt: 5,
  modifiedAt: 5,
  ...more,
})
const withFlows = (...ExplicitAuthFlows: NonNullable<WantedClient['ExplicitAuthFlows']>) => ({
  settings: completeClient({ ExplicitAuthFlows }),
})

eachEngine((engine) => {
  test('a client reads as it was written, with its pool', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    const client = clientOf('p', 'c', { secrets: ['the secret'] })
    assert.equal(await store.insertClient(db, seal, client), 1)
    const found = await store.readClientAndPool(db, seal, 'c')
    assert.deepEqual(found?.client, client)
    assert.equal(found?.pool.id, 'p')
    assert.deepEqual(await store.readClient(db, seal, 'p', 'c'), client)
  })

  test('a secret lies sealed, and opens neither under another client nor under another key', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await store.insertClient(db, seal, clientOf('p', 'c', { secrets: ['the secret'] }))
    await store.insertClient(db, seal, clientOf('p', 'd', { secrets: ['another secret'] }))
    const row = await db.get<{ secrets: string }>(sql`select secrets from clients where id = 'c'`)
    assert.equal(row?.secrets.includes('the secret'), false)
    await db.run(sql`update clients set secrets = ${row?.secrets} where id = 'd'`)
    await assert.rejects(store.readClient(db, seal, 'p', 'd'), /cannot be opened/)
    await assert.rejects(store.readClientAndPool(db, createSeal(randomBytes(32)), 'c'), /cannot be opened/)
  })

  test('a client is found in its own pool only, and an id belongs to one pool', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await makePool(db, 'q')
    await store.insertClient(db, seal, clientOf('p', 'c'))
    assert.equal(await store.readClient(db, seal, 'q', 'c'), undefined)
    assert.equal(await store.insertClient(db, seal, clientOf('q', 'c')), undefined)
    assert.equal(await store.deleteClient(db, 'q', 'c'), false)
    assert.equal(await store.writeClient(db, clientOf('q', 'c', { name: 'stolen' }), 9), false)
    assert.equal((await store.readClient(db, seal, 'p', 'c'))?.name, 'c')
  })

  test('a change keeps the secret, and a deleted client is gone', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await store.insertClient(db, seal, clientOf('p', 'c', { secrets: ['the secret'] }))
    assert.equal(await store.writeClient(db, clientOf('p', 'c', { name: 'new' }), 9), true)
    const { name, secrets, modifiedAt, createdAt } = (await store.readClient(db, seal, 'p', 'c')) ?? clientOf('', '')
    assert.deepEqual([name, secrets, modifiedAt, createdAt], ['new', ['the secret'], 9, 5])
    assert.equal(await store.deleteClient(db, 'p', 'c'), true)
    assert.equal(await store.readClientAndPool(db, seal, 'c'), undefined)
  })

  test('SRP may be used while there is no client, and as long as one allows it', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    const mayBe = () => srpMayBeUsed({ db }, { id: 'p' })
    assert.equal(await mayBe(), true)
    await store.insertClient(db, seal, clientOf('p', 'c', withFlows('ALLOW_USER_PASSWORD_AUTH')))
    assert.equal(await mayBe(), false)
    await store.insertClient(db, seal, clientOf('p', 'd', withFlows('ALLOW_USER_SRP_AUTH')))
    assert.equal(await mayBe(), true)
    await store.writeClient(db, clientOf('p', 'd', withFlows('ALLOW_USER_PASSWORD_AUTH')), 9)
    assert.equal(await mayBe(), false)
  })

  test('clients are listed in the order of their ids', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    for (const id of ['c', 'a', 'b']) await store.insertClient(db, seal, clientOf('p', id))
    assert.deepEqual(await store.readNames(db, 'p', 'a', 5), [
      { id: 'b', name: 'b' },
      { id: 'c', name: 'c' },
    ])
  })
})
