import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketTaggingCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type LifecycleRule,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketAclCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { notifications } from '../../src/gateway/s3/deliver-events.ts'
import { expireBuckets } from '../../src/gateway/s3/lifecycle.ts'
import { tryDue } from '../../src/jobs/queue.ts'
import { sql } from '../../src/store/db.ts'
import { upstream } from '../support/gateway.ts'
import { startQueueServer } from '../support/queue-server.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const day = 86_400_000
const named = (name: string) => (error: Error) => error.name === name

/** What the receiver of notifications was posted, and what it answers. */
const told: { Records: { eventName: string; s3: { object: Record<string, unknown>; bucket: { arn: string } } }[] }[] =
  []
let answer = 200
const receiver = createServer((asked, reply) => {
  let text = ''
  asked.on('data', (piece) => {
    text += piece
  })
  asked.on('end', () => {
    if (answer === 200) told.push(JSON.parse(text))
    reply.writeHead(answer, { 'content-type': 'application/json' })
    reply.end(answer === 200 ? '{}' : '{"errorMessage":"no"}')
  })
})

let server: TestServer
let s3: S3Client
const Bucket = 'settled'
before(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
  server = await startTestServer({ functions: JSON.stringify({ told: { url, secret: 'x'.repeat(32) } }) })
  s3 = server.clients.s3
  await s3.send(new CreateBucketCommand({ Bucket }))
})
after(async () => {
  await server.close()
  receiver.close()
})

const put = (Key: string, Body: string | Buffer = 'x', more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))
const TagSet = (tags: Record<string, string>) => ({
  TagSet: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
})
const tagsOf = async (Key: string, client = s3) => {
  const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }))
  return Object.fromEntries(TagSet.map(({ Key, Value }) => [Key, Value]))
}

let roles = 0
async function roleWith(...Statement: object[]): Promise<S3Client> {
  const RoleName = `settings-${++roles}`
  const trust = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }
  const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
  const { iam, sts } = server.clients
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }))
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: document(...Statement) }))
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: Role!.Arn, RoleSessionName: 'settings' }))
  return server.clientsWith({
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  }).s3
}

test('tags come with an object, are changed apart from it, and go', async () => {
  const { ETag } = await put('tagged', 'x', { Tagging: 'class=plain&a%20b=c%2Fd' })
  assert.deepEqual(await tagsOf('tagged'), { class: 'plain', 'a b': 'c/d' })
  assert.equal((await s3.send(new HeadObjectCommand({ Bucket, Key: 'tagged' }))).TagCount, 2)
  await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: TagSet({ only: 'ö' }) }))
  assert.deepEqual(await tagsOf('tagged'), { only: 'ö' })
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/tagged` }))
  assert.deepEqual(await tagsOf('copy'), { only: 'ö' })
  const replaced = {
    Bucket,
    Key: 'copy',
    CopySource: `${Bucket}/tagged`,
    TaggingDirective: 'REPLACE',
    Tagging: 'n=1',
  } as const
  await s3.send(new CopyObjectCommand(replaced))
  assert.deepEqual(await tagsOf('copy'), { n: '1' })
  await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'tagged' }))
  assert.deepEqual(await tagsOf('tagged'), {})
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'tagged' }))
  assert.deepEqual([head.ETag, head.TagCount], [ETag, undefined])
})

test('tags that AWS refuses are refused, and leave the object as it was', async () => {
  const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`k${i}`, 'v']))
  const refused: [Record<string, string>, string][] = [
    [eleven, 'BadRequest'],
    [{ 'aws:mine': 'x' }, 'InvalidTag'],
    [{ ['k'.repeat(129)]: 'x' }, 'InvalidTag'],
    [{ k: 'v'.repeat(257) }, 'InvalidTag'],
    [{ 'k<': 'v' }, 'InvalidTag'],
  ]
  await put('strict', 'kept')
  for (const [tags, code] of refused) {
    const Tagging = TagSet(tags)
    await assert.rejects(s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'strict', Tagging })), named(code))
    const text = new URLSearchParams(tags).toString()
    await assert.rejects(put('strict', 'new', { Tagging: text }), named(code))
  }
  const twice = [
    { Key: 'a', Value: '1' },
    { Key: 'a', Value: '2' },
  ]
  await assert.rejects(
    s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'strict', Tagging: { TagSet: twice } })),
    named('InvalidTag'),
  )
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'strict' }))
  assert.equal(await Body?.transformToString(), 'kept')
})

test('policies see the tags that an object has and those that a request brings', async () => {
  const Resource = `arn:aws:s3:::${Bucket}/*`
  const reader = await roleWith(
    {
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource,
      Condition: { StringEquals: { 's3:ExistingObjectTag/class': 'open' } },
    },
    { Effect: 'Allow', Action: 's3:PutObject', Resource },
    {
      Effect: 'Allow',
      Action: 's3:PutObjectTagging',
      Resource,
      Condition: {
        StringEquals: { 's3:RequestObjectTag/class': 'mine' },
        'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['class'] },
      },
    },
  )
  const read = (Key: string) => reader.send(new GetObjectCommand({ Bucket, Key }))
  await put('open', 'o', { Tagging: 'class=open' })
  await put('closed', 'c', { Tagging: 'class=closed' })
  await put('none', 'n')
  assert.equal(await (await read('open')).Body?.transformToString(), 'o')
  await assert.rejects(read('closed'), named('AccessDenied'))
  await assert.rejects(read('none'), named('AccessDenied'))
  await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'open', Tagging: TagSet({ class: 'closed' }) }))
  await assert.rejects(read('open'), named('AccessDenied'))
  await assert.rejects(
    reader.send(new CopyObjectCommand({ Bucket, Key: 'out', CopySource: `${Bucket}/closed` })),
    named('AccessDenied'),
  )

  const write = (Tagging?: string) => reader.send(new PutObjectCommand({ Bucket, Key: 'written', Body: 'x', Tagging }))
  await write()
  await write('class=mine')
  await assert.rejects(write('class=other'), named('AccessDenied'))
  await assert.rejects(write('class=mine&more=1'), named('AccessDenied'))
  const retag = (tags: Record<string, string>) =>
    reader.send(new PutObjectTaggingCommand({ Bucket, Key: 'written', Tagging: TagSet(tags) }))
  await retag({ class: 'mine' })
  await assert.rejects(retag({ class: 'open' }), named('AccessDenied'))
})

test('of an object whose tags change, no reader ever gets bytes that its tags forbid', async () => {
  const Resource = `arn:aws:s3:::${Bucket}/*`
  const reader = await roleWith({
    ...{ Effect: 'Allow', Action: 's3:GetObject', Resource },
    Condition: { StringNotEquals: { 's3:ExistingObjectTag/secret': 'yes' } },
  })
  const rounds = 60
  await put('race', 'open', { Tagging: 'secret=no' })
  const writer = (async () => {
    for (let i = 0; i < rounds; i++) {
      await put('race', 'SECRET', { Tagging: 'secret=yes' })
      await put('race', 'open', { Tagging: 'secret=no' })
    }
  })()
  let read = 0
  let over = false
  void writer.finally(() => {
    over = true
  })
  const readers = Array.from({ length: 4 }, async () => {
    while (!over) {
      const text = await reader
        .send(new GetObjectCommand({ Bucket, Key: 'race' }))
        .then(({ Body }) => Body?.transformToString())
        .catch((error: Error) => error.name)
      assert.ok(text === 'open' || text === 'AccessDenied', text)
      if (text === 'open') read += 1
    }
  })
  await Promise.all([writer, ...readers])
  assert.ok(read > 0)
})

test('a bucket has tags of its own', async () => {
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: TagSet({ team: 'storage' }) }))
  const found = await s3.send(new GetBucketTaggingCommand({ Bucket }))
  assert.deepEqual(found.TagSet, [{ Key: 'team', Value: 'storage' }])
  await s3.send(new DeleteBucketTaggingCommand({ Bucket }))
  await assert.rejects(s3.send(new GetBucketTaggingCommand({ Bucket })), named('NoSuchTagSet'))
})

test('what lies on the disk and in rows is encrypted, ranges and parts included, and answers say AES256', async () => {
  const words = 'a secret that nobody who finds the disk can read; '
  const large = Buffer.from(words.repeat(3000))
  const made = await put('sealed/large', large, { ServerSideEncryption: 'AES256' })
  assert.equal(made.ServerSideEncryption, 'AES256')
  await put('sealed/small', words)
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'sealed/parts' }))
  const part = { Bucket, Key: 'sealed/parts', UploadId }
  const Parts = []
  for (const PartNumber of [1, 2]) {
    const Body = Buffer.concat([Buffer.alloc(5 * 1024 * 1024 + 3, '.'), large])
    Parts.push({ PartNumber, ETag: (await s3.send(new UploadPartCommand({ ...part, PartNumber, Body }))).ETag })
  }
  await s3.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload: { Parts } }))
  const folder = join(server.world.settings.dataFolder, 'objects')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  assert.ok(files.length >= 3)
  for (const { parentPath, name } of files) assert.ok(!readFileSync(join(parentPath, name)).includes('secret'))
  const rows = await server.world.db.all<{ content: Buffer | null }>(sql`select content from s3_objects`)
  assert.ok(rows.some(({ content }) => content))
  for (const { content } of rows) assert.ok(!content?.includes('secret'))

  const range = async (Key: string, Range: string) =>
    (await s3.send(new GetObjectCommand({ Bucket, Key, Range }))).Body?.transformToString()
  for (const start of [0, 1, 15, 16, 17, 70_001]) {
    assert.equal(
      await range('sealed/large', `bytes=${start}-${start + 99}`),
      large.subarray(start, start + 100).toString(),
    )
  }
  assert.equal(await range('sealed/small', 'bytes=2-7'), 'secret')
  // Over the seam of two parts.
  const whole = Buffer.concat([Buffer.alloc(5 * 1024 * 1024 + 3, '.'), large])
  const seam = whole.length
  assert.equal(await range('sealed/parts', `bytes=${seam - 21}-${seam + 4}`), `${whole.subarray(-21).toString()}.....`)
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'sealed/parts' }))
  assert.equal(head.ServerSideEncryption, 'AES256')
})

test('bytes that were moved to another key in the database are not opened', async () => {
  await put('moved/from', 'mine')
  await put('moved/to', 'other')
  await server.world.db.run(sql`
    update s3_objects set content = (select content from s3_objects where name = 'moved/from') where name = 'moved/to'`)
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: 'moved/to' })), named('InternalError'))
})

test('encryption with other keys is refused, for objects and buckets; AES256 is what there is', async () => {
  const rule = (SSEAlgorithm: 'AES256' | 'aws:kms') => ({
    Bucket,
    ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm } }] },
  })
  await s3.send(new PutBucketEncryptionCommand(rule('AES256')))
  await assert.rejects(s3.send(new PutBucketEncryptionCommand(rule('aws:kms'))), named('NotImplemented'))
  await s3.send(new DeleteBucketEncryptionCommand({ Bucket }))
  const found = await s3.send(new GetBucketEncryptionCommand({ Bucket }))
  const [first] = found.ServerSideEncryptionConfiguration?.Rules ?? []
  assert.equal(first?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm, 'AES256')
  await assert.rejects(put('kms', 'x', { ServerSideEncryption: 'aws:kms' }), named('NotImplemented'))
  await assert.rejects(put('kms', 'x', { ServerSideEncryption: 'rot13' }), named('InvalidArgument'))
  const SSECustomerKey = Buffer.alloc(32, 1).toString('base64')
  await assert.rejects(put('own', 'x', { SSECustomerAlgorithm: 'AES256', SSECustomerKey }), named('AccessDenied'))
  await put('plain')
  const withKey = { Bucket, Key: 'plain', SSECustomerAlgorithm: 'AES256', SSECustomerKey }
  await assert.rejects(s3.send(new GetObjectCommand(withKey)), named('InvalidRequest'))
  assert.deepEqual(first?.BlockedEncryptionTypes?.EncryptionType, ['SSE-C'])
  const unblocked = rule('AES256')
  Object.assign(unblocked.ServerSideEncryptionConfiguration.Rules[0]!, {
    BlockedEncryptionTypes: { EncryptionType: ['NONE'] },
  })
  await assert.rejects(s3.send(new PutBucketEncryptionCommand(unblocked)), named('NotImplemented'))
})

test('there are no access control lists, and ownership is the bucket owner’s', async () => {
  await put('acl')
  await assert.rejects(
    s3.send(new PutObjectAclCommand({ Bucket, Key: 'acl', ACL: 'private' })),
    named('AccessControlListNotSupported'),
  )
  await assert.rejects(
    s3.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' })),
    named('AccessControlListNotSupported'),
  )
  const own = (ObjectOwnership: 'BucketOwnerEnforced' | 'ObjectWriter') =>
    s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules: [{ ObjectOwnership }] } }))
  await own('BucketOwnerEnforced')
  await assert.rejects(own('ObjectWriter'), named('NotImplemented'))
  const found = await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))
  assert.equal(found.OwnershipControls?.Rules?.[0]?.ObjectOwnership, 'BucketOwnerEnforced')
})

test('attributes tell checksum, size and parts without the bytes', async () => {
  const Key = 'attributes'
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'SHA256', ChecksumType: 'COMPOSITE' }),
  )
  const Parts = []
  for (const PartNumber of [1, 2, 3]) {
    const Body = Buffer.alloc(PartNumber < 3 ? 5 * 1024 * 1024 : 10, PartNumber)
    const sent = await s3.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ChecksumAlgorithm: 'SHA256' }),
    )
    Parts.push({ PartNumber, ETag: sent.ETag, ChecksumSHA256: sent.ChecksumSHA256 })
  }
  const done = await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))
  const ask = (
    ObjectAttributes: ('ETag' | 'Checksum' | 'ObjectParts' | 'ObjectSize' | 'StorageClass')[],
    more: object = {},
  ) => s3.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes, ...more }))
  const all = await ask(['ETag', 'Checksum', 'ObjectParts', 'ObjectSize', 'StorageClass'])
  assert.equal(`"${all.ETag}"`, done.ETag)
  assert.deepEqual([all.ObjectSize, all.StorageClass], [10 * 1024 * 1024 + 10, 'STANDARD'])
  assert.deepEqual([all.Checksum?.ChecksumSHA256, all.Checksum?.ChecksumType], [done.ChecksumSHA256, 'COMPOSITE'])
  assert.equal(all.ObjectParts?.TotalPartsCount, 3)
  assert.deepEqual(
    all.ObjectParts?.Parts?.map(({ Size }) => Size),
    [5 * 1024 * 1024, 5 * 1024 * 1024, 10],
  )
  const paged = await ask(['ObjectParts'], { MaxParts: 1, PartNumberMarker: '1' })
  assert.deepEqual(
    paged.ObjectParts?.Parts?.map(({ PartNumber }) => PartNumber),
    [2],
  )
  assert.deepEqual(
    [paged.ObjectParts?.IsTruncated, paged.ObjectParts?.NextPartNumberMarker, paged.ETag],
    [true, '2', undefined],
  )
  await assert.rejects(ask(['Nothing' as 'ETag']), named('InvalidArgument'))
  const reader = await roleWith({ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` })
  await assert.rejects(
    reader.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ETag'] })),
    (error: Error) => error.name === 'AccessDenied' && error.message.includes('s3:GetObjectAttributes'),
  )
})

const setRules = (Rules: LifecycleRule[], Bucket: string) =>
  s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }))

test('a lifecycle configuration comes back as it was put, and what cannot be done is refused', async () => {
  const Rules: LifecycleRule[] = [
    { ID: 'one', Status: 'Enabled', Filter: { Prefix: 'tmp/' }, Expiration: { Days: 1 } },
    {
      ...{
        ID: 'two',
        Status: 'Disabled',
        NoncurrentVersionExpiration: { NoncurrentDays: 3, NewerNoncurrentVersions: 2 },
      },
      Filter: { And: { Prefix: 'a', Tags: [{ Key: 'k', Value: 'v' }], ObjectSizeGreaterThan: 5 } },
    },
    {
      ID: 'three',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
    },
  ]
  await setRules(Rules, Bucket)
  const found = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
  assert.deepEqual(found.Rules, Rules)
  const refused: [Partial<LifecycleRule>, string][] = [
    [{ Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] }, 'NotImplemented'],
    [{}, 'InvalidRequest'],
    [{ Expiration: { Days: 0 } }, 'InvalidArgument'],
    [{ Expiration: { Date: new Date('2026-01-01T05:00:00Z') } }, 'InvalidArgument'],
  ]
  for (const [more, code] of refused) {
    await assert.rejects(
      setRules([{ ID: 'x', Status: 'Enabled', Filter: { Prefix: '' }, ...more }], Bucket),
      named(code),
    )
  }
  await s3.send(new DeleteBucketLifecycleCommand({ Bucket }))
  await assert.rejects(
    s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
    named('NoSuchLifecycleConfiguration'),
  )
})

test('a bucket whose rules cannot be carried out does not keep the others from theirs', async (t) => {
  const other = await startTestServer()
  t.after(() => other.close())
  const { s3 } = other.clients
  const Rules = [{ ID: 'all', Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration: { Days: 1 } }]
  for (const Bucket of ['broken', 'whole']) {
    await s3.send(new CreateBucketCommand({ Bucket }))
    await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }))
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))
  }
  await other.world.db.run(sql`update s3_objects set about = ${'no JSON'} where bucket = ${'broken'}`)
  other.world.clock.advance(3 * day)
  assert.equal(await expireBuckets(other.world), 1)
  other.world.clock.advance(-3 * day)
})

test('what the rules say is over goes at midnight: objects, earlier versions, lone markers, uploads', async () => {
  const Bucket = 'mortal'
  const other = await startTestServer()
  try {
    const { s3 } = other.clients
    await s3.send(new CreateBucketCommand({ Bucket }))
    const put = (Key: string, more: object = {}) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }))
    const keys = async () =>
      ((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key)
    const Rules: LifecycleRule[] = [
      { ID: 'tmp', Status: 'Enabled', Filter: { Prefix: 'tmp/' }, Expiration: { Days: 2 } },
      { ID: 'tag', Status: 'Enabled', Filter: { Tag: { Key: 'short', Value: 'yes' } }, Expiration: { Days: 1 } },
      { ID: 'off', Status: 'Disabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } },
      {
        ID: 'parts',
        Status: 'Enabled',
        Filter: { Prefix: 'up/' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      },
    ]
    await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }))
    const { Expiration } = await put('tmp/a')
    assert.match(Expiration ?? '', /^expiry-date="\w{3}, \d\d \w{3} \d{4} 00:00:00 GMT", rule-id="tmp"$/)
    await put('stays')
    await put('tagged', { Tagging: 'short=yes' })
    for (const Key of ['up/1', 'other/1']) await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    assert.equal(await expireBuckets(other.world), 0)
    other.world.clock.advance(2 * day)
    assert.equal(await expireBuckets(other.world), 2)
    await other.world.clock.advance(day)
    assert.equal(await expireBuckets(other.world), 1)
    other.world.clock.advance(-3 * day)
    assert.deepEqual(await keys(), ['stays'])
    const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }))
    assert.deepEqual(
      Uploads?.map(({ Key }) => Key),
      ['other/1'],
    )
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'other/1', UploadId: Uploads?.[0]?.UploadId }))

    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
    const versioned: LifecycleRule[] = [
      { ID: 'v', Status: 'Enabled', Filter: { Prefix: 'v/' }, Expiration: { Days: 10 } },
      {
        ID: 'old',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 1 },
      },
    ]
    await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: versioned } }))
    for (let i = 0; i < 4; i++) await put('v/a')
    const count = async () => {
      const { Versions = [], DeleteMarkers = [] } = await s3.send(
        new ListObjectVersionsCommand({ Bucket, Prefix: 'v/' }),
      )
      return [Versions.length, DeleteMarkers.length]
    }
    const after = async (days: number) => {
      other.world.clock.advance(days * day)
      await expireBuckets(other.world)
      other.world.clock.advance(-days * day)
      return count()
    }
    // Of four versions one is the latest, and one of the earlier three is to be kept.
    assert.deepEqual(await after(3), [2, 0])
    assert.deepEqual(await after(12), [2, 1])
    const drop: LifecycleRule[] = [
      {
        ID: 'old',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
        Expiration: { ExpiredObjectDeleteMarker: true },
      },
    ]
    await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: drop } }))
    assert.deepEqual(await after(30), [0, 1])
    assert.deepEqual(await after(30), [0, 0])
  } finally {
    await other.close()
  }
})

const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:told'

test('a function is told of what happens to keys that it listens for, at least once', async () => {
  const configuration = {
    LambdaFunctionConfigurations: [
      {
        Id: 'pictures',
        LambdaFunctionArn: functionArn,
        Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:Delete'] as (
          | 's3:ObjectCreated:*'
          | 's3:ObjectRemoved:Delete'
        )[],
        Filter: {
          Key: {
            FilterRules: [
              { Name: 'prefix' as const, Value: 'in/' },
              { Name: 'suffix' as const, Value: '.png' },
            ],
          },
        },
      },
    ],
  }
  const set = (NotificationConfiguration: object) =>
    s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }))
  await set(configuration)
  const found = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))
  assert.equal(found.LambdaFunctionConfigurations?.[0]?.LambdaFunctionArn, functionArn)
  assert.equal(found.LambdaFunctionConfigurations?.[0]?.Filter?.Key?.FilterRules?.length, 2)

  const { ETag } = await put('in/a b+ü.png', 'hello')
  await put('in/a.txt')
  await put('out/a.png')
  await assert.rejects(put('in/bad.png', 'x', { ContentMD5: Buffer.alloc(16).toString('base64') }))
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'in/copy.png', CopySource: encodeURI(`${Bucket}/in/a b+ü.png`) }))
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'in/copy.png' }))
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'in/absent.png' }))

  // The function fails at first; the event waits and comes again.
  answer = 500
  assert.equal(await tryDue(server.world, notifications), 3)
  assert.equal(await tryDue(server.world, notifications), 0)
  answer = 200
  server.world.clock.advance(61_000)
  assert.equal(await tryDue(server.world, notifications), 3)
  server.world.clock.advance(-61_000)
  const records = told.flatMap(({ Records }) => Records)
  assert.deepEqual(records.map(({ eventName }) => eventName).sort(), [
    'ObjectCreated:Copy',
    'ObjectCreated:Put',
    'ObjectRemoved:Delete',
  ])
  const created = records.find(({ eventName }) => eventName === 'ObjectCreated:Put')
  assert.equal(created?.s3.object['key'], 'in/a+b%2B%C3%BC.png')
  assert.deepEqual([created?.s3.object['size'], `"${created?.s3.object['eTag']}"`], [5, ETag])
  assert.equal(created?.s3.bucket.arn, `arn:aws:s3:::${Bucket}`)
  server.world.clock.advance(7 * day)
  assert.equal(await tryDue(server.world, notifications), 0)
  server.world.clock.advance(-7 * day)

  await assert.rejects(
    set({
      QueueConfigurations: [{ QueueArn: 'arn:aws:sqs:us-east-1:000000000000:nowhere', Events: ['s3:ObjectCreated:*'] }],
    }),
    named('InvalidArgument'),
  )
  await assert.rejects(
    set({ LambdaFunctionConfigurations: [{ LambdaFunctionArn: 'told', Events: ['s3:ObjectCreated:*'] }] }),
    named('InvalidArgument'),
  )
  await assert.rejects(
    set({ LambdaFunctionConfigurations: [{ LambdaFunctionArn: functionArn, Events: ['s3:Nothing:*'] }] }),
    named('InvalidArgument'),
  )
  await set({})
  await put('in/after.png')
  assert.equal(await tryDue(server.world, notifications), 0)
})

test('a function that fails three times is not asked again', async () => {
  const NotificationConfiguration = {
    LambdaFunctionConfigurations: [{ LambdaFunctionArn: functionArn, Events: ['s3:ObjectCreated:Put' as const] }],
  }
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }))
  await put('failing')
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }))
  answer = 500
  const tries = []
  for (let i = 0; i < 5; i++) {
    tries.push(await tryDue(server.world, notifications))
    server.world.clock.advance(600_000)
  }
  server.world.clock.advance(-3_000_000)
  answer = 200
  assert.deepEqual(tries, [1, 1, 1, 0, 0])
})

test('a queue and a topic of a server behind are told, by who may send there himself', async () => {
  const behind = await startQueueServer()
  const row = upstream(behind.url, { region: 'eu-west-1', account: '111122223333' })
  const other = await startTestServer({ settings: { upstreams: { sqs: [row], sns: [row] } } })
  try {
    const { s3 } = other.clients
    await s3.send(new CreateBucketCommand({ Bucket }))
    const Events = ['s3:ObjectCreated:*' as const]
    const NotificationConfiguration = {
      QueueConfigurations: [{ QueueArn: 'arn:aws:sqs:us-east-1:000000000000:mine', Events }],
      TopicConfigurations: [{ TopicArn: 'arn:aws:sns:us-east-1:000000000000:news', Events }],
    }
    const set = (client: S3Client) =>
      client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }))
    await set(s3)
    const found = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))
    assert.equal(found.QueueConfigurations?.[0]?.QueueArn, NotificationConfiguration.QueueConfigurations[0]?.QueueArn)
    assert.equal(found.TopicConfigurations?.length, 1)
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))
    behind.reply = () => '{}'
    assert.equal(await tryDue(other.world, notifications), 2)
    const queue = behind.heard.find(({ service }) => service === 'sqs')
    const { QueueUrl, MessageBody } = JSON.parse(queue?.body ?? '{}')
    assert.equal(QueueUrl, `${behind.url}/111122223333/mine`)
    assert.equal(JSON.parse(MessageBody).Records[0].s3.object.key, 'a')
    const topic = new URLSearchParams(behind.heard.find(({ service }) => service === 'sns')?.body)
    assert.equal(topic.get('TopicArn'), 'arn:aws:sns:eu-west-1:111122223333:news')
    assert.equal(JSON.parse(topic.get('Message') ?? '{}').Records[0].eventName, 'ObjectCreated:Put')
    other.world.clock.advance(day)
    assert.equal(await tryDue(other.world, notifications), 0)
  } finally {
    await other.close()
    await behind.close()
  }
  const writer = await roleWith({ Effect: 'Allow', Action: 's3:*', Resource: '*' })
  const NotificationConfiguration = {
    LambdaFunctionConfigurations: [{ LambdaFunctionArn: functionArn, Events: ['s3:ObjectCreated:Put' as const] }],
  }
  await assert.rejects(
    writer.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration })),
    (error: Error) => error.name === 'AccessDenied' && error.message.includes('lambda:InvokeFunction'),
  )
})
