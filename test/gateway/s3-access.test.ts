import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  DeleteBucketCorsCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketCorsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
const Bucket = 'guarded'
const arn = `arn:aws:s3:::${Bucket}`
before(async () => {
  server = await startTestServer()
  await server.clients.s3.send(new CreateBucketCommand({ Bucket }))
  await server.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'public/a.txt', Body: 'hello' }))
  await server.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'private/b.txt', Body: 'secret' }))
})
after(() => server.close())

const statement = (Effect: string, Action: string | string[], Resource: string, more: object = {}) => ({
  Effect,
  Action,
  Resource,
  ...more,
})
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const setPolicy = (...statements: object[]) =>
  server.clients.s3.send(new PutBucketPolicyCommand({ Bucket, Policy: document(...statements) }))
const anonymous = (path: string, init?: RequestInit) => fetch(`${server.endpoint}${path}`, init)
const everybody = { Principal: '*' }

/** A client with the rights of a role that has this policy. */
let roles = 0
async function actAs(...statements: object[]): Promise<S3Client> {
  roles += 1
  const RoleName = `role${roles}`
  const trust = { Effect: 'Allow', Principal: { AWS: '000000000000' }, Action: 'sts:AssumeRole' }
  const { Role } = await server.clients.iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }),
  )
  await server.clients.iam.send(
    new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: document(...statements) }),
  )
  const { Credentials } = await server.clients.sts.send(
    new AssumeRoleCommand({ RoleArn: Role!.Arn, RoleSessionName: 'session' }),
  )
  return server.clientsWith({
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  }).s3
}

const denied = (message?: RegExp) => (error: Error) =>
  error.name === 'AccessDenied' && (message === undefined || message.test(error.message))

test('an anonymous reader gets what a bucket policy allows, and two words for all else', async () => {
  assert.equal((await anonymous(`/${Bucket}/public/a.txt`)).status, 403)
  await setPolicy(statement('Allow', 's3:GetObject', `${arn}/public/*`, everybody))
  const open = await anonymous(`/${Bucket}/public/a.txt`)
  assert.deepEqual([open.status, await open.text()], [200, 'hello'])
  const closed = await anonymous(`/${Bucket}/private/b.txt`)
  assert.equal(closed.status, 403)
  assert.match(await closed.text(), /<Code>AccessDenied<\/Code><Message>Access Denied<\/Message>/)
  assert.equal((await anonymous(`/${Bucket}/public/absent`)).status, 403)
  assert.equal((await anonymous(`/${Bucket}/public/a.txt?response-content-type=text/html`)).status, 400)
  assert.equal((await anonymous(`/${Bucket}/public/a.txt`, { method: 'PUT', body: 'x' })).status, 403)
  const { PolicyStatus } = await server.clients.s3.send(new GetBucketPolicyStatusCommand({ Bucket }))
  assert.equal(PolicyStatus?.IsPublic, true)
  await server.clients.s3.send(new DeleteBucketPolicyCommand({ Bucket }))
  assert.equal((await anonymous(`/${Bucket}/public/a.txt`)).status, 403)
})

test('Block Public Access refuses public policies and silences those that exist', async () => {
  await setPolicy(statement('Allow', 's3:GetObject', `${arn}/public/*`, everybody))
  const PublicAccessBlockConfiguration = { BlockPublicPolicy: true, RestrictPublicBuckets: true }
  await server.clients.s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }))
  const found = await server.clients.s3.send(new GetPublicAccessBlockCommand({ Bucket }))
  assert.equal(found.PublicAccessBlockConfiguration?.RestrictPublicBuckets, true)
  assert.equal((await anonymous(`/${Bucket}/public/a.txt`)).status, 403)
  await assert.rejects(
    setPolicy(statement('Allow', 's3:GetObject', `${arn}/*`, everybody)),
    denied(/BlockPublicPolicy/),
  )
  await server.clients.s3.send(new DeletePublicAccessBlockCommand({ Bucket }))
  assert.equal((await anonymous(`/${Bucket}/public/a.txt`)).status, 200)
  await server.clients.s3.send(new DeleteBucketPolicyCommand({ Bucket }))
})

test('new buckets block public access unless in development', async () => {
  const strict = await startTestServer({ settings: { dev: false } })
  try {
    await strict.clients.s3.send(new CreateBucketCommand({ Bucket }))
    const Policy = document(statement('Allow', 's3:GetObject', `${arn}/*`, everybody))
    await assert.rejects(
      strict.clients.s3.send(new PutBucketPolicyCommand({ Bucket, Policy })),
      denied(/BlockPublicPolicy/),
    )
    const refused = await fetch(`${strict.endpoint}/${Bucket}/x`)
    assert.equal(refused.headers.get('x-poolhouse-explain'), null)
  } finally {
    await strict.close()
  }
})

test('a policy is refused unless it is one, and comes back as it was put', async () => {
  const put = (Policy: string) => server.clients.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
  const malformed = (error: Error) => error.name === 'MalformedPolicy'
  await assert.rejects(put('{'), malformed)
  await assert.rejects(put('<Policy/>'), {
    name: 'MalformedPolicy',
    message: "Policies must be valid JSON and the first byte must be '{'",
  })
  await assert.rejects(put(document(statement('Allow', 's3:GetObject', 'arn:aws:s3:::other/*', everybody))), malformed)
  await assert.rejects(put(document(statement('Allow', 's3:GetObject', `${arn}/*`))), malformed)
  for (const [action, resource] of [
    ['s3:GetObject', arn],
    ['s3:ListBucket', `${arn}/*`],
  ] as const)
    await assert.rejects(put(document(statement('Allow', action, resource, everybody))), {
      name: 'MalformedPolicy',
      message: 'Action does not apply to any resource(s) in statement',
    })
  const Policy = document(statement('Deny', 's3:DeleteObject', `${arn}/*`, everybody))
  await put(Policy)
  assert.equal((await server.clients.s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy, Policy)
  await server.clients.s3.send(new DeleteBucketPolicyCommand({ Bucket }))
  await assert.rejects(
    server.clients.s3.send(new GetBucketPolicyCommand({ Bucket })),
    (error: Error) => error.name === 'NoSuchBucketPolicy',
  )
})

test('a role does what its policy allows and reads why not', async () => {
  const s3 = await actAs(
    statement('Allow', ['s3:GetObject', 's3:PutObject'], `${arn}/users/\${aws:userid}/*`),
    statement('Allow', 's3:ListBucket', arn, { Condition: { StringLike: { 's3:prefix': 'users/*' } } }),
  )
  await assert.rejects(
    s3.send(new PutObjectCommand({ Bucket, Key: 'users/other/x', Body: 'x' })),
    denied(
      /^User: arn:aws:sts::000000000000:assumed-role\/role\d+\/session is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::guarded\/users\/other\/x" because no identity-based policy allows the s3:PutObject action$/,
    ),
  )
  await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'users/x' }))
  await assert.rejects(s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'private/' })), denied())
  await assert.rejects(s3.send(new ListObjectsV2Command({ Bucket })), denied())
})

test('a denial is explained in one sentence in development', async () => {
  const answer = await anonymous(`/${Bucket}/private/b.txt`)
  assert.ok(answer.headers.get('x-poolhouse-explain'))
})

test('who may not list learns nothing of absent keys', async () => {
  const reader = await actAs(statement('Allow', 's3:GetObject', `${arn}/*`))
  await assert.rejects(reader.send(new GetObjectCommand({ Bucket, Key: 'absent' })), denied(/s3:ListBucket/))
  await assert.rejects(
    reader.send(new HeadObjectCommand({ Bucket, Key: 'absent' })),
    (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode === 403,
  )
  const lister = await actAs(statement('Allow', 's3:GetObject', `${arn}/*`), statement('Allow', 's3:ListBucket', arn))
  await assert.rejects(
    lister.send(new GetObjectCommand({ Bucket, Key: 'absent' })),
    (error: Error) => error.name === 'NoSuchKey',
  )
})

test('deleting many asks for each key', async () => {
  await server.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'mine/1', Body: '' }))
  const s3 = await actAs(statement('Allow', 's3:DeleteObject', `${arn}/mine/*`))
  const Objects = [{ Key: 'mine/1' }, { Key: 'private/b.txt' }]
  const answer = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
  assert.deepEqual(
    answer.Deleted?.map(({ Key }) => Key),
    ['mine/1'],
  )
  assert.deepEqual(
    answer.Errors?.map(({ Key, Code }) => [Key, Code]),
    [['private/b.txt', 'AccessDenied']],
  )
})

test('a copy needs the right to read its source', async () => {
  const { CopyObjectCommand } = await import('@aws-sdk/client-s3')
  const s3 = await actAs(
    statement('Allow', 's3:PutObject', `${arn}/mine/*`),
    statement('Allow', 's3:GetObject', `${arn}/public/*`),
  )
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'mine/a', CopySource: `${Bucket}/public/a.txt` }))
  await assert.rejects(
    s3.send(new CopyObjectCommand({ Bucket, Key: 'mine/b', CopySource: `${Bucket}/private/b.txt` })),
    denied(/s3:GetObject/),
  )
})

test('who expects the source of a copy to be somebody else’s gets none', async () => {
  const { CopyObjectCommand } = await import('@aws-sdk/client-s3')
  const copy = (ExpectedSourceBucketOwner: string) =>
    server.clients.s3.send(
      new CopyObjectCommand({ Bucket, Key: 'owned', CopySource: `${Bucket}/public/a.txt`, ExpectedSourceBucketOwner }),
    )
  await copy('000000000000')
  await assert.rejects(copy('111122223333'), denied(/^Access Denied$/))
})

test('headers that a policy asks for are seen as condition keys', async () => {
  const deny = (key: string, value: string) =>
    statement('Deny', 's3:PutObject', `${arn}/cond/*`, { ...everybody, Condition: { StringEquals: { [key]: value } } })
  await setPolicy(deny('s3:x-amz-storage-class', 'ONEZONE_IA'), deny('s3:x-amz-acl', 'private'))
  const put = (more: object) =>
    server.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'cond/a', Body: '', ...more }))
  await put({})
  await put({ StorageClass: 'STANDARD' })
  await assert.rejects(put({ StorageClass: 'ONEZONE_IA' }), denied(/explicit deny in a resource-based policy/))
  await assert.rejects(put({ ACL: 'private' }), denied())
  await server.clients.s3.send(new DeleteBucketPolicyCommand({ Bucket }))
})

test('a policy may forbid presigned links, or old ones', async () => {
  const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner')
  const link = await getSignedUrl(server.clients.s3, new GetObjectCommand({ Bucket, Key: 'public/a.txt' }), {
    expiresIn: 900,
  })
  assert.equal((await fetch(link)).status, 200)
  await setPolicy(
    statement('Deny', 's3:*', `${arn}/*`, {
      ...everybody,
      Condition: { NumericGreaterThan: { 's3:signatureAge': '60000' } },
    }),
  )
  assert.equal((await fetch(link)).status, 200)
  server.world.clock.advance(120_000)
  assert.equal((await fetch(link)).status, 403)
  server.world.clock.advance(-120_000)
  await setPolicy(
    statement('Deny', 's3:*', `${arn}/*`, {
      ...everybody,
      Condition: { StringEquals: { 's3:authType': 'REST-QUERY-STRING' } },
    }),
  )
  assert.equal((await fetch(link)).status, 403)
  await server.clients.s3.send(new DeleteBucketPolicyCommand({ Bucket }))
})

test('cross-origin rules answer preflights and mark ordinary answers, refusals included', async () => {
  const { s3 } = server.clients
  const preflight = (origin: string, method: string, headers = '') =>
    anonymous(`/${Bucket}/public/a.txt`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        ...(headers && { 'access-control-request-headers': headers }),
      },
    })
  assert.match(await (await preflight('https://app.example', 'PUT')).text(), /CORS is not enabled for this bucket/)
  const rule = {
    AllowedOrigins: ['https://*.example', 'http://localhost:3000'],
    AllowedMethods: ['GET', 'PUT'],
    AllowedHeaders: ['content-*', 'X-Amz-Date'],
    ExposeHeaders: ['ETag'],
    MaxAgeSeconds: 60,
  }
  await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }))
  const { CORSRules } = await s3.send(new GetBucketCorsCommand({ Bucket }))
  assert.deepEqual(CORSRules, [rule])
  const allowed = await preflight('https://app.example', 'PUT', 'Content-Type, x-amz-date')
  assert.equal(allowed.status, 200)
  const expected = {
    'access-control-allow-origin': 'https://app.example',
    'access-control-allow-methods': 'GET, PUT',
    'access-control-allow-headers': 'content-type, x-amz-date',
    'access-control-expose-headers': 'ETag',
    'access-control-max-age': '60',
    'access-control-allow-credentials': 'true',
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(allowed.headers.get(name), value)
  assert.equal((await preflight('https://app.example', 'DELETE')).status, 403)
  assert.equal((await preflight('https://evil.test', 'PUT')).status, 403)
  assert.equal((await preflight('https://app.example', 'PUT', 'x-other')).status, 403)
  assert.equal((await preflight('https://app.example', 'PATCH')).status, 400)
  const refused = await anonymous(`/${Bucket}/private/b.txt`, { headers: { origin: 'http://localhost:3000' } })
  assert.equal(refused.status, 403)
  assert.equal(refused.headers.get('access-control-allow-origin'), 'http://localhost:3000')
  const elsewhere = await anonymous(`/${Bucket}/private/b.txt`, { headers: { origin: 'https://evil.test' } })
  assert.equal(elsewhere.headers.get('access-control-allow-origin'), null)
  const twice = { CORSRules: [{ ...rule, AllowedOrigins: ['*.*'] }] }
  await assert.rejects(
    s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: twice })),
    (error: Error) => error.name === 'InvalidRequest',
  )
  await s3.send(new DeleteBucketCorsCommand({ Bucket }))
  await assert.rejects(
    s3.send(new GetBucketCorsCommand({ Bucket })),
    (error: Error) => error.name === 'NoSuchCORSConfiguration',
  )
})

test('virtual hosts name the bucket', async () => {
  await setPolicy(statement('Allow', 's3:GetObject', `${arn}/public/*`, everybody))
  const { request } = await import('node:http')
  const { port } = new URL(server.endpoint)
  const status = await new Promise((resolve, reject) => {
    const asked = request(
      { port, path: '/public/a.txt', headers: { host: `${Bucket}.s3.localhost:${port}` } },
      (answer) => resolve(answer.resume().statusCode),
    )
    asked.on('error', reject).end()
  })
  assert.equal(status, 200)
  await server.clients.s3.send(new DeleteBucketPolicyCommand({ Bucket }))
})

test('an anonymous sender of many deletions is refused before a word of them is read, unless the bucket has a policy', async () => {
  const { s3 } = server.clients
  await s3.send(new DeleteBucketPolicyCommand({ Bucket }))
  const ask = () => anonymous(`/${Bucket}?delete`, { method: 'POST', body: 'no document' })
  assert.equal((await ask()).status, 403)
  await setPolicy(statement('Allow', 's3:GetObject', `${arn}/public/*`, everybody))
  assert.equal((await ask()).status, 400)
})
