/** Case 39: what is checked is still so when it is done, however many ask at once; and who loses is refused, never failed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateIdentityPoolCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  LookupDeveloperIdentityCommand,
  MergeDeveloperIdentitiesCommand,
} from '@aws-sdk/client-cognito-identity'
import {
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  GetRoleCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  ListAttachedRolePoliciesCommand,
  ListPolicyVersionsCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { eachEngine } from '../support/databases.ts'
import { allowing, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const times = <T>(count: number, make: (index: number) => Promise<T>) =>
  Array.from({ length: count }, (_, index) => make(index))

type Failed = Error & { readonly $metadata?: { readonly httpStatusCode?: number } }

/** What came of each: `ok`, or the name of its refusal. A failure of the server is none. */
async function outcomes(work: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(work)
  return settled.map((one) => {
    if (one.status === 'fulfilled') return 'ok'
    const error = one.reason as Failed
    assert.ok((error.$metadata?.httpStatusCode ?? 500) < 500, `${error.name}: ${error.message}`)
    return error.name
  })
}
const won = (all: readonly string[]) => all.filter((one) => one === 'ok').length

eachEngine((engine) => {
  const using = async (work: (server: TestServer) => Promise<void>) => {
    const server = await startTestServer({ database: await engine.open() })
    try {
      await work(server)
    } finally {
      await server.close()
    }
  }
  let buckets = 0
  const makeBucket = async ({ clients: { s3 } }: TestServer, versions = false) => {
    const Bucket = `raced-${++buckets}`
    await s3.send(new CreateBucketCommand({ Bucket }))
    if (versions)
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
    return Bucket
  }

  for (const versions of [false, true]) {
    test(`case 39: of many who put an object only where there is none one does, ${versions ? 'with' : 'without'} versions`, () =>
      using(async (server) => {
        const { s3 } = server.clients
        const Bucket = await makeBucket(server, versions)
        for (const size of [5, 40_000]) {
          const Key = `k${size}`
          const put = (index: number) =>
            s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(size, index), IfNoneMatch: '*' }))
          const all = await outcomes(times(12, put))
          assert.equal(won(all), 1, `${all}`)
          const { ETag } = await s3.send(new GetObjectCommand({ Bucket, Key }))
          const over = (index: number) =>
            s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(size, 100 + index), IfMatch: ETag }))
          const next = await outcomes(times(12, over))
          assert.equal(won(next), 1, `${next}`)
        }
      }))
  }

  test('case 39: of many versions put at once each is kept', () =>
    using(async (server) => {
      const { s3 } = server.clients
      const Bucket = await makeBucket(server, true)
      const put = (index: number) => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: `${index}` }))
      const remove = () => s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
      const all = await outcomes([...times(10, put), ...times(4, remove)])
      assert.equal(won(all), 14, `${all}`)
      const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }))
      assert.deepEqual([Versions.length, DeleteMarkers.length], [10, 4])
      assert.equal([...Versions, ...DeleteMarkers].filter(({ IsLatest }) => IsLatest).length, 1)
      const ids = Versions.map(({ VersionId }) => VersionId)
      const gone = await outcomes(
        ids.map((VersionId) => s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId }))),
      )
      assert.equal(won(gone), 10)
      assert.equal((await s3.send(new ListObjectVersionsCommand({ Bucket }))).Versions, undefined)
    }))

  test('case 39: an upload is completed or aborted, not both, while its parts are sent again', () =>
    using(async (server) => {
      const { s3 } = server.clients
      const Bucket = await makeBucket(server)
      for (let round = 0; round < 6; round++) {
        const Key = `k${round}`
        const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
        const part = { Bucket, Key, UploadId, PartNumber: 1 }
        const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: Buffer.alloc(20_000, 1) }))
        const complete = () =>
          s3.send(
            new CompleteMultipartUploadCommand({
              ...{ Bucket, Key, UploadId },
              MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] },
            }),
          )
        const abort = () => s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
        const again = (index: number) =>
          s3.send(new UploadPartCommand({ ...part, PartNumber: 1 + (index % 2), Body: Buffer.alloc(20_000, 2) }))
        const [first, second, aborted] = await outcomes([complete(), complete(), abort(), ...times(4, again)])
        assert.ok([first, second, aborted].filter((one) => one === 'ok').length <= 1, `${[first, second, aborted]}`)
        const read = await Promise.allSettled([s3.send(new GetObjectCommand({ Bucket, Key }))])
        assert.equal(read[0]?.status === 'fulfilled', first === 'ok' || second === 'ok')
        if (read[0]?.status !== 'fulfilled') continue
        const bytes = await read[0].value.Body!.transformToByteArray()
        assert.ok(bytes.length === 20_000 && bytes.every((byte) => byte === 1))
      }
    }))

  test('case 39: a bucket goes while objects and uploads come, or stays; nothing is lost that was acknowledged', () =>
    using(async (server) => {
      const { s3 } = server.clients
      for (let round = 0; round < 8; round++) {
        const Bucket = await makeBucket(server, round % 2 === 1)
        const put = (index: number) =>
          s3.send(new PutObjectCommand({ Bucket, Key: `k${index}`, Body: Buffer.alloc(index % 2 ? 10 : 40_000, 1) }))
        const begin = (index: number) => s3.send(new CreateMultipartUploadCommand({ Bucket, Key: `u${index}` }))
        const remove = () => s3.send(new DeleteBucketCommand({ Bucket }))
        const all = await outcomes([put(0), begin(0), remove(), put(1), begin(1), remove(), begin(2), put(2), remove()])
        const puts = [0, 3, 7].filter((at) => all[at] === 'ok')
        const gone = [2, 5, 8].some((at) => all[at] === 'ok')
        assert.equal(gone && puts.length > 0, false, `${all}`)
      }
    }))

  test('case 39: tags set while an object is replaced take nothing of the old one along', () =>
    using(async (server) => {
      const { s3 } = server.clients
      const Bucket = await makeBucket(server)
      const at = { Bucket, Key: 'k' }
      for (let round = 0; round < 8; round++) {
        await s3.send(new PutObjectCommand({ ...at, Body: 'old', ContentType: 'text/old', Metadata: { of: 'old' } }))
        const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] }
        await outcomes([
          s3.send(new PutObjectTaggingCommand({ ...at, Tagging })),
          s3.send(new PutObjectCommand({ ...at, Body: 'new', ContentType: 'text/new', Metadata: { of: 'new' } })),
          s3.send(new PutObjectTaggingCommand({ ...at, Tagging })),
        ])
        const { Body, ContentType, Metadata } = await s3.send(new GetObjectCommand(at))
        assert.deepEqual([await Body!.transformToString(), ContentType, Metadata], ['new', 'text/new', { of: 'new' }])
        await s3.send(new GetObjectTaggingCommand(at))
      }
    }))

  test('case 39: quotas hold against many at once', () =>
    using(async ({ clients: { iam } }) => {
      await iam.send(new CreateUserCommand({ UserName: 'ann' }))
      const keys = await outcomes(times(6, () => iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))))
      const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName: 'ann' }))
      assert.deepEqual([won(keys), AccessKeyMetadata.length], [2, 2], `${keys}`)

      await makeRole({ iam }, 'r')
      const PolicyDocument = allowing('s3:GetObject')
      const arns = await Promise.all(
        times(13, async (index) => {
          const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: `p${index}`, PolicyDocument }))
          return Policy?.Arn ?? ''
        }),
      )
      const attached = await outcomes(
        arns.map((PolicyArn) => iam.send(new AttachRolePolicyCommand({ RoleName: 'r', PolicyArn }))),
      )
      const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'r' }))
      assert.deepEqual([won(attached), AttachedPolicies.length], [10, 10], `${attached}`)

      const PolicyArn = arns.at(-1) ?? ''
      const made = await outcomes(
        times(8, () => iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument }))),
      )
      const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }))
      assert.deepEqual(
        [won(made), Versions.length, new Set(Versions.map(({ VersionId }) => VersionId)).size],
        [4, 5, 5],
      )
    }))

  test('case 39: nobody is deleted together with what they were just given, nor given it afterwards', () =>
    using(async ({ clients: { iam } }) => {
      const PolicyDocument = allowing('s3:GetObject')
      await iam.send(new CreateGroupCommand({ GroupName: 'g' }))
      for (let round = 0; round < 6; round++) {
        const RoleName = `r${round}`
        const UserName = `u${round}`
        const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: `p${round}`, PolicyDocument }))
        const PolicyArn = Policy?.Arn ?? ''
        await makeRole({ iam }, RoleName)
        const put = new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument })
        const [given, gone] = await outcomes([iam.send(put), iam.send(new DeleteRoleCommand({ RoleName }))])
        assert.equal(given === 'ok' && gone === 'ok', false)
        const roles = await outcomes([iam.send(new GetRoleCommand({ RoleName }))])
        assert.equal(won(roles), gone === 'ok' ? 0 : 1)
        if (gone === 'ok') await makeRole({ iam }, RoleName)
        const bound = await outcomes([
          iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })),
          iam.send(new DeletePolicyCommand({ PolicyArn })),
        ])
        assert.equal(won(bound), 1, `${bound}`)
        await iam.send(new CreateUserCommand({ UserName }))
        const [key, member, user] = await outcomes([
          iam.send(new CreateAccessKeyCommand({ UserName })),
          iam.send(new AddUserToGroupCommand({ UserName, GroupName: 'g' })),
          iam.send(new DeleteUserCommand({ UserName })),
        ])
        assert.equal(user === 'ok' && (key === 'ok' || member === 'ok'), false, `${[key, member, user]}`)
        assert.equal(won(await outcomes([iam.send(new GetUserCommand({ UserName }))])), user === 'ok' ? 0 : 1)
      }
    }))

  test('case 39: two identities that are merged both ways at once are one afterwards', () =>
    using(async ({ clients: { identity } }) => {
      const { IdentityPoolId } = await identity.send(
        new CreateIdentityPoolCommand({
          ...{ IdentityPoolName: 'p', AllowUnauthenticatedIdentities: false, DeveloperProviderName: 'dev' },
        }),
      )
      for (let round = 0; round < 6; round++) {
        const users = [`a${round}`, `b${round}`, `c${round}`]
        for (const user of users)
          await identity.send(new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId, Logins: { dev: user } }))
        const merge = (from: number, into: number) =>
          identity.send(
            new MergeDeveloperIdentitiesCommand({
              ...{ IdentityPoolId, DeveloperProviderName: 'dev' },
              ...{ SourceUserIdentifier: users[from], DestinationUserIdentifier: users[into] },
            }),
          )
        const all = await outcomes([merge(0, 1), merge(1, 0), merge(1, 2), merge(2, 0)])
        assert.equal(won(all), 4, `${all}`)
        const ids = await Promise.all(
          users.map(async (DeveloperUserIdentifier) => {
            const found = await identity.send(
              new LookupDeveloperIdentityCommand({ IdentityPoolId, DeveloperUserIdentifier }),
            )
            return found.IdentityId
          }),
        )
        assert.equal(new Set(ids).size, 1)
      }
    }))
})
