import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { createSeal } from '../../protocols/seal.ts'
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import { signOut } from '../users/store.ts'
import * as identities from './identity-store.ts'
import * as pending from './pending-store.ts'
import type { IdentityProvider } from './provider.ts'
import * as store from './store.ts'

const seal = createSeal(randomBytes(32))

async function prepare(db: Db) {
  for (const id of ['p', 'q']) {
    await insertPool(db, { id, region: 'us-east-1', name: id, settings: completeSettings({}), own: [], createdAt: 1 })
  }
  await db.run(sql`
    insert into users (pool_id, sub, username, status, enabled, attributes, created_at, modified_at)
    values ('p', 'ann', 'ann', 'CONFIRMED', 1, '{}', 1, 1)`)
}

const provider = (poolId: string, name: string): IdentityProvider => ({
  ...{ poolId, name, type: 'OIDC', details: { client_secret: 'the secret' }, mapping: { username: 'sub' } },
  ...{ identifiers: ['a.example'], acr: {}, createdAt: 1, modifiedAt: 2 },
})
const identity: identities.FederatedIdentity = {
  ...{ provider: 'Corp', attribute: 'Cognito_Subject', value: 'Ann', sub: 'ann', providerType: 'OIDC' },
  ...{ issuer: undefined, standsAlone: true, createdAt: 3 },
}

eachEngine((engine) => {
  test('a provider reads as it was written, in its pool only', async () => {
    const db = await engine.open()
    await prepare(db)
    assert.equal(await store.insertProvider(db, seal, provider('p', 'Corp')), true)
    assert.equal(await store.insertProvider(db, seal, provider('p', 'Corp')), false)
    assert.deepEqual(await store.readProvider(db, seal, 'p', 'Corp'), provider('p', 'Corp'))
    assert.equal(await store.readProvider(db, seal, 'q', 'Corp'), undefined)
    assert.deepEqual(await store.readProviders(db, seal, 'p', ['Nobody', 'Corp']), [provider('p', 'Corp')])
    await store.insertProvider(db, seal, provider('p', 'Beta'))
    assert.deepEqual(
      (await store.readProviderNames(db, 'p', '', 5)).map(({ name }) => name),
      ['Beta', 'Corp'],
    )
    assert.deepEqual(
      (await store.readProviderNames(db, 'p', 'Beta', 5)).map(({ name }) => name),
      ['Corp'],
    )
    assert.equal(await store.countProviders(db, 'p'), 2)
  })

  test('a provider that was changed since it was read is not written over', async () => {
    const db = await engine.open()
    await prepare(db)
    const read = provider('p', 'Corp')
    await store.insertProvider(db, seal, read)
    const changed = { ...read, identifiers: ['b.example'], modifiedAt: 3 }
    assert.equal(await store.writeProvider(db, seal, changed, read), true)
    assert.equal(await store.writeProvider(db, seal, { ...read, mapping: {}, modifiedAt: 3 }, read), false)
    assert.deepEqual(await store.readProvider(db, seal, 'p', 'Corp'), changed)
  })

  test('details lie sealed, and open under their own name only', async () => {
    const db = await engine.open()
    await prepare(db)
    await store.insertProvider(db, seal, provider('p', 'Corp'))
    await store.insertProvider(db, seal, provider('p', 'Beta'))
    const row = await db.get<{ sealed_details: string }>(
      sql`select sealed_details from user_pool_providers where name = 'Corp'`,
    )
    assert.equal(row?.sealed_details.includes('the secret'), false)
    await db.run(sql`update user_pool_providers set sealed_details = ${row?.sealed_details} where name = 'Beta'`)
    await assert.rejects(store.readProvider(db, seal, 'p', 'Beta'), /cannot be opened/)
  })

  test('an identifier is one provider’s, and goes with it', async () => {
    const db = await engine.open()
    await prepare(db)
    for (const name of ['Corp', 'Beta']) await store.insertProvider(db, seal, provider('p', name))
    assert.deepEqual(await store.replaceIdentifiers(db, 'p', 'Corp', ['a.example', 'b.example']), [])
    assert.deepEqual(await store.replaceIdentifiers(db, 'p', 'Beta', ['a.example']), ['a.example'])
    assert.equal((await store.readIdentified(db, seal, 'p', 'b.example'))?.name, 'Corp')
    assert.equal(await store.readIdentified(db, seal, 'q', 'b.example'), undefined)
    assert.equal(await store.deleteProvider(db, 'p', 'Corp'), true)
    assert.equal(await store.deleteProvider(db, 'p', 'Corp'), false)
    assert.equal(await store.readIdentified(db, seal, 'p', 'b.example'), undefined)
  })

  test('a subject opens one account, letter by letter, and goes with its user', async () => {
    const db = await engine.open()
    await prepare(db)
    const several = await Promise.all(Array.from({ length: 4 }, () => identities.insertIdentity(db, 'p', identity)))
    assert.equal(several.filter(Boolean).length, 1)
    assert.deepEqual(await identities.readIdentity(db, 'p', 'Corp', 'Cognito_Subject', 'Ann'), identity)
    assert.equal(await identities.readIdentity(db, 'p', 'Corp', 'Cognito_Subject', 'ann'), undefined)
    assert.equal(await identities.readIdentity(db, 'q', 'Corp', 'Cognito_Subject', 'Ann'), undefined)
    await identities.insertIdentity(db, 'p', { ...identity, attribute: 'email', value: 'x', createdAt: 2 })
    assert.equal(await identities.isLinkedBy(db, 'p', 'Corp', 'email'), true)
    assert.equal(await identities.isLinkedBy(db, 'p', 'Corp', 'name'), false)
    const by = (values: Record<string, string>) => identities.readIdentityBy(db, 'p', 'Corp', values)
    assert.equal((await by({ name: 'y', email: 'x' }))?.attribute, 'email')
    assert.equal(await by({ name: 'x', email: 'y' }), undefined)
    assert.equal(await by({}), undefined)
    assert.deepEqual(
      (await identities.readIdentitiesOf(db, 'p', 'ann')).map(({ value }) => value),
      ['x', 'Ann'],
    )
    await db.run(sql`delete from users where pool_id = 'p' and sub = 'ann'`)
    assert.deepEqual(await identities.readIdentitiesOf(db, 'p', 'ann'), [])
  })

  test('those whose profiles began with a provider are found page by page, and signed out together', async () => {
    const db = await engine.open()
    await prepare(db)
    for (const sub of ['bo', 'cy', 'di']) {
      await db.run(sql`
        insert into users (pool_id, sub, username, status, enabled, attributes, created_at, modified_at)
        values ('p', ${sub}, ${sub}, 'EXTERNAL_PROVIDER', 1, '{}', 1, 1)`)
      await identities.insertIdentity(db, 'p', { ...identity, sub, value: `${sub}-there`, standsAlone: sub !== 'cy' })
    }
    const page = (after: string) =>
      identities.readUsersOf(db, 'p', 'Corp', { attribute: 'Cognito_Subject', after, limit: 1 })
    assert.deepEqual(await page(''), [{ sub: 'bo', value: 'bo-there' }])
    assert.deepEqual(await page('bo-there'), [{ sub: 'di', value: 'di-there' }], 'who is only linked is not among them')
    assert.deepEqual(await page('di-there'), [])
    await signOut(db, 'p', ['bo', 'di'])
    const rows = await db.all<{ sub: string }>(sql`select sub from users where sign_outs = 1 order by sub`)
    assert.deepEqual(
      rows.map(({ sub }) => sub),
      ['bo', 'di'],
    )
  })

  test('of many takers of a state one gets it, with the first answer, in its time', async () => {
    const db = await engine.open()
    await pending.insertPending(db, 'p', { hash: 'h', sealed: 's', expiresAt: 100 })
    assert.equal(await pending.parkPending(db, 'p', 'h', 'first', 10), true)
    assert.equal(await pending.parkPending(db, 'p', 'h', 'second', 10), false)
    assert.equal(await pending.takePendingRow(db, 'p', 'h', 100), undefined)
    assert.equal(await pending.takePendingRow(db, 'q', 'h', 10), undefined)
    const taken = await Promise.all(Array.from({ length: 5 }, () => pending.takePendingRow(db, 'p', 'h', 10)))
    assert.deepEqual(taken.filter(Boolean), [{ sealed: 's', answer: 'first' }])
  })
})
