import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { createSeal } from '../../protocols/seal.ts'
import { unsaid } from '../account/password-policy.ts'
import { readAccount, writeAlias, writePasswordPolicy } from '../account/store.ts'
import {
  insertProvider as insertOidc,
  readProvider as readOidc,
  readProviders as readOidcs,
  removeProvider as removeOidc,
  updateProvider as updateOidc,
} from '../oidc-providers/store.ts'
import { countEntities } from '../reports/store.ts'
import {
  insertProvider as insertSaml,
  readProvider as readSaml,
  readProviders as readSamls,
  removeProvider as removeSaml,
  updateProvider as updateSaml,
} from '../saml-providers/store.ts'
import { insertUser } from '../users/store.ts'
import {
  assignDevice,
  consumeStep,
  countTry,
  insertDevice,
  readDevice,
  readDevices,
  readDevicesOf,
  releaseDevice,
  removeDevice,
  updateTags,
} from './store.ts'

const account = '000000000000'
const seal = createSeal(new Uint8Array(32))
const device = (name: string) => ({
  name,
  path: '/',
  seed: Buffer.from('seed'),
  userId: undefined,
  enabledAt: undefined,
  lastStep: 0,
  drift: 0,
  failures: 0,
  failedAt: 0,
  tags: [],
  createdAt: 1,
})

eachEngine((engine) => {
  test("a device is one user's at a time, and goes only when it is nobody's", async () => {
    const db = await engine.open()
    for (const name of ['a', 'b'])
      await insertUser(db, account, { id: `AIDA${name}`, name, path: '/', tags: [], createdAt: 1 })
    assert.equal(await insertDevice(db, seal, account, device('d')), true)
    assert.equal(await insertDevice(db, seal, account, device('d')), false)
    assert.deepEqual(await readDevice(db, seal, account, 'd'), device('d'))
    const taken = { userId: 'AIDAa', enabledAt: 9, lastStep: 5, drift: -1 }
    assert.equal(await assignDevice(db, account, 'd', taken), true)
    assert.equal(await assignDevice(db, account, 'd', { ...taken, userId: 'AIDAb' }), false)
    assert.deepEqual(await readDevicesOf(db, account, 'AIDAa'), [
      { name: 'd', path: '/', userId: 'AIDAa', enabledAt: 9 },
    ])
    const listed = async (status: 'Assigned' | 'Unassigned' | 'Any') =>
      (await readDevices(db, account, { status, after: undefined, limit: 5 })).length
    assert.deepEqual([await listed('Assigned'), await listed('Unassigned'), await listed('Any')], [1, 0, 1])
    assert.equal(await removeDevice(db, account, 'd'), false)
    assert.equal(await releaseDevice(db, account, 'AIDAb', 'd'), false)
    assert.equal(await releaseDevice(db, account, 'AIDAa', 'd'), true)
    await updateTags(db, account, 'd', [{ Key: 'k', Value: 'v' }])
    assert.equal(await removeDevice(db, account, 'd'), true)
  })

  test('a step is used up once, by fifty at a time too; wrong codes are counted and forgotten', async () => {
    const db = await engine.open()
    await insertDevice(db, seal, account, device('d'))
    const patience = { free: 2, rest: 10, longest: 20 }
    const tries = (now: number) => countTry(db, account, 'd', now, patience)
    const now = 1_800_000_000_000
    const atOnce = await Promise.all(Array.from({ length: 50 }, () => tries(now)))
    assert.equal(atOnce.filter(Boolean).length, 2)
    const counted = await readDevice(db, seal, account, 'd')
    assert.deepEqual([counted?.failures, counted?.failedAt], [2, now])
    const later = [9, 10, 29, 30, 49, 50, 69, 70]
    const answers = []
    for (const at of later) answers.push(await tries(now + at))
    assert.deepEqual(answers, [false, true, false, true, false, true, false, true])
    const used = await Promise.all(Array.from({ length: 50 }, () => consumeStep(db, account, 'd', 7, 1)))
    assert.equal(used.filter(Boolean).length, 1)
    assert.equal(await consumeStep(db, account, 'd', 6, 1), false)
    assert.equal((await readDevice(db, seal, account, 'd'))?.failures, 0)
  })

  test('an OpenID Connect provider comes back as it was written, is changed and removed', async () => {
    const db = await engine.open()
    const made = {
      url: 'id.example.com',
      issuer: 'https://id.example.com',
      clientIds: ['a'],
      thumbprints: ['t'],
      tags: [],
      createdAt: 1,
    }
    assert.equal(await insertOidc(db, account, made), true)
    assert.equal(await insertOidc(db, account, { ...made, issuer: 'http://id.example.com' }), false)
    await updateOidc(db, account, made.url, { clientIds: ['b'], thumbprints: [], tags: [{ Key: 'k', Value: 'v' }] })
    const changed = { ...made, clientIds: ['b'], thumbprints: [], tags: [{ Key: 'k', Value: 'v' }] }
    assert.deepEqual(await readOidc(db, account, made.url), changed)
    assert.deepEqual(await readOidcs(db, account), [changed])
    assert.equal(await removeOidc(db, account, made.url), 1)
    assert.equal(await readOidc(db, account, made.url), undefined)
  })

  test("a SAML provider comes back as it was written, and its keys open under this server's seal only", async () => {
    const db = await engine.open()
    const made = {
      name: 'corp',
      id: 'ID',
      metadata: '<m/>',
      encryption: 'Required' as const,
      privateKeys: [{ id: 'k', pem: 'PEM', createdAt: 1 }],
      tags: [],
      validUntil: 9,
      createdAt: 1,
    }
    assert.equal(await insertSaml(db, seal, account, made), true)
    assert.equal(await insertSaml(db, seal, account, made), false)
    assert.deepEqual(await readSaml(db, seal, account, 'corp'), made)
    const strange = createSeal(new Uint8Array(32).fill(1))
    assert.deepEqual((await readSaml(db, strange, account, 'corp'))?.privateKeys, [])
    await updateSaml(db, seal, account, { ...made, encryption: undefined, privateKeys: [], metadata: '<n/>' })
    assert.deepEqual(await readSaml(db, seal, account, 'corp'), {
      ...made,
      encryption: undefined,
      privateKeys: [],
      metadata: '<n/>',
    })
    assert.deepEqual(await readSamls(db, account), [{ name: 'corp', validUntil: 9, createdAt: 1 }])
    assert.equal((await countEntities(db, account))['providers'], 1)
    assert.equal(await removeSaml(db, account, 'corp'), true)
    assert.equal(await removeSaml(db, account, 'corp'), false)
  })

  test('alias and password policy of an account change apart', async () => {
    const db = await engine.open()
    assert.deepEqual(await readAccount(db, account), { alias: undefined, passwordPolicy: undefined })
    await writePasswordPolicy(db, account, unsaid)
    await writeAlias(db, account, 'mine')
    assert.deepEqual(await readAccount(db, account), { alias: 'mine', passwordPolicy: unsaid })
    await writePasswordPolicy(db, account, undefined)
    assert.deepEqual(await readAccount(db, account), { alias: 'mine', passwordPolicy: undefined })
  })
})
