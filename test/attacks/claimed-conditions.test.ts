/** Case 81: a request says no more to policies than what is done with it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CopyObjectCommand, CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { assume, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
const Bucket = 'uploads'
before(async () => {
  server = await startTestServer()
  await server.clients.s3.send(new CreateBucketCommand({ Bucket }))
  for (const Key of ['kept', 'template']) await server.clients.s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))
})
after(() => server?.close())

test('case 81: fields of a form are no conditions of a write and no source of a copy', async () => {
  const write = { Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/*` }
  const rules = {
    'if-none-match': { StringEquals: { 's3:if-none-match': '*' } },
    'x-amz-copy-source': { StringEquals: { 's3:x-amz-copy-source': `${Bucket}/template` } },
    'x-amz-metadata-directive': { StringEquals: { 's3:x-amz-metadata-directive': 'COPY' } },
  }
  const values = { 'if-none-match': '*', 'x-amz-copy-source': `${Bucket}/template`, 'x-amz-metadata-directive': 'COPY' }
  for (const [name, Condition] of Object.entries(rules)) {
    const role = await makeRole(server.clients, `form-${name}`, { policy: document({ ...write, Condition }) })
    const { s3 } = await assume(server, server.clients, role)
    const Fields = { [name]: values[name as keyof typeof values] }
    const { url, fields } = await createPresignedPost(s3, { Bucket, Key: 'kept', Fields })
    const form = new FormData()
    for (const [field, value] of Object.entries(fields)) form.append(field, value)
    form.append('file', new Blob(['other']))
    assert.equal((await fetch(url, { method: 'POST', body: form })).status, 403, name)
  }
  const { Body } = await server.clients.s3.send(new GetObjectCommand({ Bucket, Key: 'kept' }))
  assert.equal(await Body?.transformToString(), 'kept')
})

test('case 81: tags that a copy does not take are none to policies', async () => {
  const write = {
    Effect: 'Allow',
    Action: ['s3:PutObject', 's3:PutObjectTagging'],
    Resource: `arn:aws:s3:::${Bucket}/*`,
  }
  const policy = document(
    { ...write, Condition: { StringEquals: { 's3:RequestObjectTag/class': 'open' } } },
    { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' },
  )
  const { s3 } = await assume(server, server.clients, await makeRole(server.clients, 'tagger', { policy }))
  const copy = { Bucket, Key: 'copy', CopySource: `${Bucket}/template`, Tagging: 'class=open' }
  await assert.rejects(s3.send(new CopyObjectCommand(copy)), /not authorized to perform: s3:PutObject on/)
  await s3.send(new CopyObjectCommand({ ...copy, TaggingDirective: 'REPLACE' }))
})
