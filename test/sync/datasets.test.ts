/** Datasets through AWS's client: two devices in step, conflicts, deletion, merging, limits, and who may touch what. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  DeleteDatasetCommand,
  DescribeDatasetCommand,
  DescribeIdentityPoolUsageCommand,
  DescribeIdentityUsageCommand,
  ListDatasetsCommand,
  ListIdentityPoolUsageCommand,
  ListRecordsCommand,
  UpdateRecordsCommand,
} from '@aws-sdk/client-cognito-sync'
import { addUser, loginsOf, makeUserPool, type UserPool } from '../support/identities.ts'
import { allowing, assume, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { list, makeSyncPool, type Someone, someone, syncClient, write } from '../support/sync.ts'

describe('Cognito Sync: datasets', () => {
  let server: TestServer
  let people: UserPool
  let pool: string

  before(async () => {
    server = await startTestServer()
    people = await makeUserPool(server)
    pool = await makeSyncPool(server, [people])
  })
  after(() => server.close())

  const guest = () => someone(server, pool)
  const place = ({ IdentityPoolId, IdentityId }: Someone, DatasetName: string) => ({
    IdentityPoolId,
    IdentityId,
    DatasetName,
  })
  const refuses = (work: Promise<unknown>, name: string, message?: RegExp, status?: number) =>
    assert.rejects(work, (error: Error & { $metadata?: { httpStatusCode?: number } }) => {
      assert.equal(error.name, name, error.message)
      if (message) assert.match(error.message, message)
      if (status) assert.equal(error.$metadata?.httpStatusCode, status)
      return true
    })

  test('an unknown dataset has no records, does not exist, and gives a token to write with', async () => {
    const { Count, Records, DatasetExists, DatasetSyncCount, SyncSessionToken } = await list(await guest(), 'settings')
    assert.deepEqual([Count, Records, DatasetExists, DatasetSyncCount], [0, [], false, 0])
    assert.equal(typeof SyncSessionToken, 'string')
  })

  test('what one device writes another reads, from the count that it remembers, removals included', async () => {
    const phone = await guest()
    const tablet = await someone(server, pool, undefined, phone.IdentityId)
    const [first] = (await write(phone, 'settings', { colour: 'red', size: '12' })).Records ?? []
    assert.equal(first?.SyncCount, 1)
    assert.equal(first?.LastModifiedBy, phone.IdentityId)
    const seen = await list(tablet, 'settings')
    assert.deepEqual(
      seen.Records?.map(({ Key, Value, SyncCount }) => [Key, Value, SyncCount]),
      [
        ['colour', 'red', 1],
        ['size', '12', 1],
      ],
    )
    assert.equal(seen.DatasetSyncCount, 1)
    await write(tablet, 'settings', { colour: 'blue', size: null })
    const news = await list(phone, 'settings', 1)
    assert.deepEqual(
      news.Records?.map(({ Key, Value, SyncCount }) => [Key, Value, SyncCount]),
      [
        ['colour', 'blue', 2],
        ['size', undefined, 2],
      ],
    )
    assert.equal((await list(phone, 'settings', 2)).Count, 0)
  })

  test('who has not seen the newest is refused with AWS’s sentence, and nothing of the call is written', async () => {
    const who = await guest()
    const { SyncSessionToken } = await list(who, 'scores')
    await write(who, 'scores', { best: '1' })
    const patch = (Key: string, SyncCount: number) => ({ Op: 'replace' as const, Key, Value: '2', SyncCount })
    const stale = new UpdateRecordsCommand({
      ...place(who, 'scores'),
      SyncSessionToken,
      RecordPatches: [patch('new', 0), patch('best', 0)],
    })
    await refuses(
      who.client.send(stale),
      'ResourceConflictException',
      /^Current SyncCount for: best is: 1 not: 0$/,
      409,
    )
    assert.deepEqual(
      (await list(who, 'scores')).Records?.map(({ Key }) => Key),
      ['best'],
    )
  })

  test('of twenty devices that write one record at once exactly one wins, and the others are told', async () => {
    const who = await guest()
    const { SyncSessionToken } = await list(who, 'race')
    const attempts = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) =>
        who.client.send(
          new UpdateRecordsCommand({
            ...place(who, 'race'),
            SyncSessionToken,
            RecordPatches: [{ Op: 'replace', Key: 'k', Value: `${at}`, SyncCount: 0 }],
          }),
        ),
      ),
    )
    const won = attempts.filter(({ status }) => status === 'fulfilled')
    assert.equal(won.length, 1)
    for (const attempt of attempts)
      if (attempt.status === 'rejected') assert.equal(attempt.reason.name, 'ResourceConflictException')
    assert.equal((await list(who, 'race')).DatasetSyncCount, 1)
  })

  test('records come in pages, each once, in the order of their changes', async () => {
    const who = await guest()
    const values = Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`k${String(at).padStart(2, '0')}`, 'v']))
    await write(who, 'many', values)
    const keys: (string | undefined)[] = []
    for (let NextToken: string | undefined, first = true; first || NextToken; first = false) {
      const page = await who.client.send(
        new ListRecordsCommand({ ...place(who, 'many'), MaxResults: 10, ...(NextToken && { NextToken }) }),
      )
      keys.push(...(page.Records ?? []).map(({ Key }) => Key))
      NextToken = page.NextToken
    }
    assert.deepEqual(keys, Object.keys(values))
  })

  test('a deleted dataset is gone, and a device that knew it is told; its counts go on', async () => {
    const who = await guest()
    await write(who, 'old', { a: '1' })
    const { Dataset } = await who.client.send(new DeleteDatasetCommand(place(who, 'old')))
    assert.deepEqual([Dataset?.DatasetName, Dataset?.NumRecords, Dataset?.DataStorage], ['old', 1, 2])
    await refuses(
      who.client.send(new DescribeDatasetCommand(place(who, 'old'))),
      'ResourceNotFoundException',
      undefined,
      404,
    )
    await refuses(who.client.send(new DeleteDatasetCommand(place(who, 'old'))), 'ResourceNotFoundException')
    const after = await list(who, 'old', 1)
    assert.deepEqual([after.DatasetExists, after.DatasetDeletedAfterRequestedSyncCount, after.Count], [false, true, 0])
    await write(who, 'old', { b: '2' })
    const again = await list(who, 'old', 1)
    assert.deepEqual([again.DatasetExists, again.DatasetDeletedAfterRequestedSyncCount], [true, true])
    assert.equal((await list(who, 'old', again.DatasetSyncCount)).DatasetDeletedAfterRequestedSyncCount, false)
    assert.deepEqual(
      (await list(who, 'old')).Records?.map(({ Key }) => Key),
      ['b'],
    )
  })

  test('datasets are listed and described with their sizes, and an identity and a pool with their use', async () => {
    const who = await guest()
    await write(who, 'b', { key: 'värde' })
    await write(who, 'a', { x: '1', y: '2' })
    const listed = await who.client.send(new ListDatasetsCommand({ ...place(who, ''), MaxResults: 1 }))
    assert.deepEqual(
      listed.Datasets?.map(({ DatasetName }) => DatasetName),
      ['a'],
    )
    const rest = await who.client.send(new ListDatasetsCommand({ ...place(who, ''), NextToken: listed.NextToken }))
    assert.deepEqual(
      rest.Datasets?.map(({ DatasetName }) => DatasetName),
      ['b'],
    )
    const { Dataset } = await who.client.send(new DescribeDatasetCommand(place(who, 'b')))
    assert.deepEqual([Dataset?.NumRecords, Dataset?.DataStorage, Dataset?.LastModifiedBy], [1, 9, who.IdentityId])
    const { IdentityUsage } = await who.client.send(new DescribeIdentityUsageCommand(who))
    assert.deepEqual([IdentityUsage?.DatasetCount, IdentityUsage?.DataStorage], [2, 13])
    const admin = syncClient(server)
    const { IdentityPoolUsage } = await admin.send(new DescribeIdentityPoolUsageCommand({ IdentityPoolId: pool }))
    assert.ok((IdentityPoolUsage?.DataStorage ?? 0) >= 13)
    const usages = await admin.send(new ListIdentityPoolUsageCommand({}))
    assert.ok(usages.IdentityPoolUsages?.some(({ IdentityPoolId }) => IdentityPoolId === pool))
  })

  test('a dataset holds 1,024 records and a megabyte, an identity 20 datasets', async () => {
    const who = await guest()
    const many = (from: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${from + at}`, 'v']))
    await write(who, 'records', many(0, 1024))
    await refuses(write(who, 'records', { more: 'v' }), 'LimitExceededException', undefined, 400)
    await write(who, 'records', { k0: null, more: 'v' })
    await write(who, 'bytes', { a: 'x'.repeat(1_000_000) })
    await refuses(write(who, 'bytes', { b: 'x'.repeat(60_000) }), 'LimitExceededException')
    for (let at = 2; at < 20; at++) await write(who, `d${at}`, { a: '1' })
    await refuses(write(who, 'd20', { a: '1' }), 'LimitExceededException')
    await who.client.send(new DeleteDatasetCommand(place(who, 'd2')))
    await write(who, 'd20', { a: '1' })
  })

  test('writing wants a token of a listing of the same dataset by the same identity', async () => {
    const [who, other] = [await guest(), await guest()]
    const send = (SyncSessionToken: string) =>
      who.client.send(
        new UpdateRecordsCommand({
          ...place(who, 'mine'),
          SyncSessionToken,
          RecordPatches: [{ Op: 'replace', Key: 'k', Value: 'v', SyncCount: 0 }],
        }),
      )
    for (const { SyncSessionToken } of [await list(who, 'else'), await list(other, 'mine')])
      await refuses(send(SyncSessionToken ?? ''), 'InvalidParameterException', /SyncSessionToken/)
    await refuses(send('made-up'), 'InvalidParameterException')
    const { SyncSessionToken } = await list(who, 'mine')
    server.world.clock.advance(3_600_001)
    const later = await someone(server, pool, undefined, who.IdentityId)
    later.client.config.systemClockOffset = 3_600_001
    await refuses(
      later.client.send(new UpdateRecordsCommand({ ...place(who, 'mine'), SyncSessionToken, RecordPatches: [] })),
      'InvalidParameterException',
      /expired/,
    )
    server.world.clock.advance(-3_600_001)
  })

  test('a key patched twice, a replacement without value and a negative count are refused', async () => {
    const who = await guest()
    const { SyncSessionToken } = await list(who, 'odd')
    const send = (RecordPatches: object[]) =>
      who.client.send(new UpdateRecordsCommand({ ...place(who, 'odd'), SyncSessionToken, RecordPatches } as never))
    const patch = { Op: 'replace', Key: 'k', Value: 'v', SyncCount: 0 }
    await refuses(send([patch, patch]), 'InvalidParameterException')
    await refuses(send([{ ...patch, Value: undefined }]), 'InvalidParameterException')
    await refuses(send([{ ...patch, SyncCount: -1 }]), 'InvalidParameterException')
    await refuses(send([{ ...patch, Op: 'append' }]), 'InvalidParameterException')
    await refuses(send([{ ...patch, SyncCount: 'many' }]), 'SerializationException')
    assert.equal((await list(who, 'odd')).DatasetExists, false)
  })

  test('case 81: an identity’s credentials open that identity alone, however wide its policy is', async () => {
    const [who, other] = [await guest(), await guest()]
    await write(other, 'secret', { k: 'v' })
    const stranger = { ...other, client: who.client }
    await refuses(list(stranger, 'secret'), 'NotAuthorizedException', undefined, 403)
    await refuses(write(stranger, 'secret', { k: 'mine' }), 'NotAuthorizedException')
    await refuses(who.client.send(new DeleteDatasetCommand(place(other, 'secret'))), 'NotAuthorizedException')
    await refuses(who.client.send(new ListDatasetsCommand(place(other, ''))), 'NotAuthorizedException')
    await refuses(who.client.send(new DescribeIdentityUsageCommand(other)), 'NotAuthorizedException')
    await refuses(
      who.client.send(new DescribeIdentityPoolUsageCommand({ IdentityPoolId: pool })),
      'NotAuthorizedException',
    )
    await refuses(who.client.send(new ListIdentityPoolUsageCommand({})), 'NotAuthorizedException')
  })

  test('case 81: an identity is not found by way of another pool', async () => {
    const who = await guest()
    const elsewhere = await makeSyncPool(server)
    const admin = syncClient(server)
    const wrong = { IdentityPoolId: elsewhere, IdentityId: who.IdentityId }
    await refuses(admin.send(new DescribeIdentityUsageCommand(wrong)), 'ResourceNotFoundException', undefined, 404)
  })

  test('policies decide, down to the dataset, in AWS’s words', async () => {
    const who = await guest()
    const arn = `arn:aws:cognito-sync:us-east-1:000000000000:identitypool/${pool}/identity/${who.IdentityId}`
    const policy = allowing('cognito-sync:ListRecords', `${arn}/dataset/open`)
    const { keys } = await assume(server, server.clients, await makeRole(server.clients, 'reader', { policy }))
    const client = syncClient(server, keys)
    await client.send(new ListRecordsCommand(place(who, 'open')))
    await refuses(
      client.send(new ListRecordsCommand(place(who, 'closed'))),
      'AccessDeniedException',
      /is not authorized to perform: cognito-sync:ListRecords on resource: .*\/dataset\/closed because no identity-based policy allows/,
      403,
    )
    const unsigned = await fetch(`${server.endpoint}/identitypools/${pool}`)
    assert.notEqual(unsigned.status, 200)
  })

  test('a guest who becomes a user finds the guest’s dataset beside the own one, until it is deleted', async () => {
    await addUser(server, people, 'ada')
    const logins = await loginsOf(server, people, 'ada')
    const user = await someone(server, pool, logins)
    await write(user, 'settings', { colour: 'red' })
    const asGuest = await guest()
    await write(asGuest, 'settings', { colour: 'green', font: 'serif' })
    const merged = await someone(server, pool, logins, asGuest.IdentityId)
    assert.equal(merged.IdentityId, user.IdentityId)
    const name = `settings.${asGuest.IdentityId}`
    assert.deepEqual((await list(merged, 'settings')).MergedDatasetNames, [name])
    const listed = await merged.client.send(new ListDatasetsCommand(place(merged, '')))
    assert.deepEqual(
      listed.Datasets?.map(({ DatasetName }) => DatasetName),
      ['settings', name],
    )
    assert.deepEqual(
      (await list(merged, name)).Records?.map(({ Key, Value }) => [Key, Value]),
      [
        ['colour', 'green'],
        ['font', 'serif'],
      ],
    )
    // The old credentials live on, but not the identity.
    await refuses(list(asGuest, 'settings'), 'NotAuthorizedException')
    const stranger = await guest()
    assert.equal((await list(stranger, name)).DatasetExists, false)
    await merged.client.send(new DeleteDatasetCommand(place(merged, name)))
    assert.deepEqual((await list(merged, 'settings')).MergedDatasetNames, [])
  })
})
