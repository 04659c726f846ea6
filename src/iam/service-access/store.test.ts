import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { insertJob, noteUse, readJob, readUses } from './store.ts'

const account = '000000000000'
const use = { principalId: 'AROAR', service: 's3', action: undefined, at: 1_700_000_000_000, region: 'us-east-1' }
const later = use.at + 1000

eachEngine((engine) => {
  test('the latest use of a service counts, whichever node notes first', async () => {
    const db = await engine.open()
    await noteUse(db, account, { ...use, at: later, region: 'eu-west-1' }, later + 10)
    await noteUse(db, account, use, use.at + 10)
    await noteUse(db, account, { ...use, principalId: 'AROAOTHER' }, use.at + 10)
    await noteUse(db, '111111111111', { ...use, at: later + 1 }, later + 10)
    assert.deepEqual(await readUses(db, account, ['AROAR'], { now: 0 }), [{ ...use, at: later, region: 'eu-west-1' }])
    assert.deepEqual(await readUses(db, account, [], { now: 0 }), [])
  })

  test('an action is a use of its service, and is shown where actions are asked for', async () => {
    const db = await engine.open()
    const action = { ...use, service: 'iam', action: 'GetRole' }
    await noteUse(db, account, action, later)
    const whole = { ...action, action: undefined }
    assert.deepEqual(await readUses(db, account, ['AROAR'], { now: 0 }), [whole])
    const both = await readUses(db, account, ['AROAR'], { now: 0, actions: true })
    assert.deepEqual(new Set(both.map((one) => one.action)), new Set([undefined, 'GetRole']))
  })

  test('uses come newest first, and are forgotten in their time', async () => {
    const db = await engine.open()
    await noteUse(db, account, use, later)
    await noteUse(db, account, { ...use, service: 'sqs', at: use.at + 1 }, later + 1)
    const services = async (now: number) =>
      (await readUses(db, account, ['AROAR'], { now })).map(({ service }) => service)
    assert.deepEqual(await services(0), ['sqs', 's3'])
    assert.deepEqual(await services(later), ['sqs'])
    assert.deepEqual(await services(later + 1), [])
  })

  test('a report comes back as it was asked for, until its time is over', async () => {
    const db = await engine.open()
    const job = {
      id: 'j',
      arn: 'arn:aws:iam::000000000000:user/U',
      byAction: true,
      askedBy: 'AIDAU',
      createdAt: use.at,
    }
    await insertJob(db, account, job, later)
    assert.deepEqual(await readJob(db, account, 'j', use.at), job)
    assert.equal(await readJob(db, account, 'j', later), undefined)
    assert.equal(await readJob(db, account, 'k', use.at), undefined)
  })
})
