/** Case 81: what a copy reads is asked for like a read: by the version and the name that are read, however the request spells them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { openLane } from '../../bench/load.ts'
import { signed } from '../../bench/sign.ts'
import { assume, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const Bucket = 'versions-of'
let server: TestServer
let secret: string
let shown: string
before(async () => {
  server = await startTestServer()
  const { s3 } = server.clients
  await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  const put = async (Key: string, Body: string) =>
    (await s3.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId ?? ''
  secret = await put('paper', 'secret')
  shown = await put('paper', 'shown')
  await put('private/plan', 'secret')
})
after(() => server.close())

let roles = 0
const actAs = async (...statements: object[]) =>
  assume(
    server,
    server.clients,
    await makeRole(server.clients, `copier${++roles}`, {
      policy: document(
        { Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/mine/*` },
        ...statements,
      ),
    }),
  )

const objects = `arn:aws:s3:::${Bucket}/*`
const denied = { name: 'AccessDenied' }
const copyOf = (version: string) => ({ Bucket, Key: 'mine/copy', CopySource: `${Bucket}/paper?versionId=${version}` })

test('case 81: a version that may not be read is not copied, whatever version the query of the copy names', async () => {
  const only = { Effect: 'Allow', Action: 's3:GetObjectVersion', Resource: objects }
  const { s3, keys } = await actAs({ ...only, Condition: { StringEquals: { 's3:versionid': shown } } })
  await s3.send(new CopyObjectCommand(copyOf(shown)))
  await assert.rejects(s3.send(new CopyObjectCommand(copyOf(secret))), denied)
  const lane = await openLane(Number(new URL(server.endpoint).port))
  const copied = await lane.ask(
    signed(keys, {
      ...{ service: 's3', method: 'PUT', path: `/${Bucket}/mine/copy`, query: `versionId=${shown}` },
      headers: { 'x-amz-copy-source': `${Bucket}/paper?versionId=${secret}` },
    }),
  )
  lane.close()
  assert.equal(copied.status, 403)
})

test('case 81: a version that is denied is denied to copies, whole and in parts', async () => {
  const { s3 } = await actAs(
    { Effect: 'Allow', Action: ['s3:GetObject', 's3:GetObjectVersion'], Resource: objects },
    {
      ...{ Effect: 'Deny', Action: 's3:GetObjectVersion', Resource: objects },
      Condition: { StringEquals: { 's3:versionid': secret } },
    },
  )
  await s3.send(new CopyObjectCommand(copyOf(shown)))
  await assert.rejects(s3.send(new CopyObjectCommand(copyOf(secret))), denied)
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'mine/copy' }))
  const part = { ...copyOf(secret), UploadId, PartNumber: 1 }
  await assert.rejects(s3.send(new UploadPartCopyCommand(part)), denied)
})

test('case 81: a source that is denied by name is denied however its name is written', async () => {
  const { s3 } = await actAs(
    { Effect: 'Allow', Action: 's3:GetObject', Resource: objects },
    {
      ...{ Effect: 'Deny', Action: 's3:PutObject', Resource: objects },
      Condition: { StringLike: { 's3:x-amz-copy-source': `${Bucket}/private/*` } },
    },
  )
  for (const CopySource of ['private/plan', 'p%72ivate/plan', 'private%2Fplan'].flatMap((key) => [
    `${Bucket}/${key}`,
    `/${Bucket}/${key}`,
    `%2f${Bucket}/${key}`,
  ])) {
    await assert.rejects(s3.send(new CopyObjectCommand({ Bucket, Key: 'mine/copy', CopySource })), denied, CopySource)
  }
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'mine/copy', CopySource: `${Bucket}/paper` }))
})

test('case 81: tags that may not be read are not copied along; new ones may stand in their place', async () => {
  await server.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'tagged', Body: 'x', Tagging: 'grade=secret' }))
  const copier = [
    { Effect: 'Allow', Action: ['s3:GetObject', 's3:GetObjectVersion'], Resource: objects },
    {
      Effect: 'Allow',
      Action: ['s3:PutObjectTagging', 's3:GetObjectTagging'],
      Resource: `arn:aws:s3:::${Bucket}/mine/*`,
    },
  ]
  const copy = { Bucket, Key: 'mine/tagged', CopySource: `${Bucket}/tagged` }
  const blind = await actAs(...copier)
  await assert.rejects(blind.s3.send(new CopyObjectCommand(copy)), denied)
  await blind.s3.send(new CopyObjectCommand({ ...copy, TaggingDirective: 'REPLACE', Tagging: 'grade=none' }))
  const tags = { Effect: 'Allow', Action: 's3:GetObjectTagging', Resource: `arn:aws:s3:::${Bucket}/tagged` }
  const seeing = await actAs(...copier, tags)
  await seeing.s3.send(new CopyObjectCommand(copy))
})
