/** Case 81: who is made again under an old name has none of the old one's rights. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  GetAccountAuthorizationDetailsCommand,
  GetRoleCommand,
  ListRolesCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { account, assume, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const Bucket = 'lasting'
let server: TestServer
before(async () => {
  server = await startTestServer()
  await server.clients.s3.send(new CreateBucketCommand({ Bucket }))
  await server.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' }))
})
after(() => server.close())

const resource = `arn:aws:s3:::${Bucket}/*`
const setPolicy = (...statements: object[]) =>
  server.clients.s3.send(new PutBucketPolicyCommand({ Bucket, Policy: document(...statements) }))
const allow = (AWS: string | string[]) => ({
  ...{ Effect: 'Allow', Action: 's3:GetObject', Resource: resource },
  Principal: { AWS },
})
const read = new GetObjectCommand({ Bucket, Key: 'x' })
const denied = { name: 'AccessDenied' }

async function makeUser(UserName: string) {
  await server.clients.iam.send(new CreateUserCommand({ UserName }))
  const { AccessKey } = await server.clients.iam.send(new CreateAccessKeyCommand({ UserName }))
  const [accessKeyId, secretAccessKey] = [AccessKey?.AccessKeyId ?? '', AccessKey?.SecretAccessKey ?? '']
  const remove = async () => {
    await server.clients.iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: accessKeyId }))
    await server.clients.iam.send(new DeleteUserCommand({ UserName }))
  }
  return { ...server.clientsWith({ accessKeyId, secretAccessKey }), remove }
}

const arnOf = (rest: string) => `arn:aws:iam::${account}:${rest}`

test('case 81: a bucket policy means the user that it named, not one of the same name', async () => {
  const bob = await makeUser('bob')
  await setPolicy(allow(arnOf('user/bob')))
  await bob.s3.send(read)
  const { Policy } = await server.clients.s3.send(new GetBucketPolicyCommand({ Bucket }))
  assert.equal(Policy, document(allow(arnOf('user/bob'))))
  await bob.remove()
  const another = await makeUser('bob')
  await assert.rejects(another.s3.send(read), denied)
  const { Policy: shown } = await server.clients.s3.send(new GetBucketPolicyCommand({ Bucket }))
  assert.match(shown!, /"Principal":\{"AWS":"AIDA\w+"\}/, 'the new bob would be taken for the old one')
  await setPolicy(allow([arnOf('user/bob')]))
  await another.s3.send(read)
})

test('case 81: nor does it spare one of the same name', async () => {
  const eve = await makeUser('eve')
  const root = arnOf('root')
  await setPolicy(allow(account), {
    ...{ Effect: 'Deny', Action: 's3:GetObject', Resource: resource },
    NotPrincipal: { AWS: [arnOf('user/eve'), root] },
  })
  await eve.remove()
  const another = await makeUser('eve')
  await assert.rejects(another.s3.send(read), {
    ...denied,
    message: /with an explicit deny in a resource-based policy/,
  })
})

test('case 81: a bucket policy means the role that it named', async () => {
  const { iam } = server.clients
  const arn = await makeRole({ iam }, 'reader')
  await setPolicy(allow(arn))
  await (await assume(server, server.clients, arn)).s3.send(read)
  await iam.send(new DeleteRoleCommand({ RoleName: 'reader' }))
  await makeRole({ iam }, 'reader')
  await assert.rejects((await assume(server, server.clients, arn)).s3.send(read), denied)
})

test('case 81: a trust policy shows who it means: by their name of today, and by their id once they are gone', async () => {
  const { iam } = server.clients
  const [maid, butler] = [await makeUser('maid'), await makeUser('butler')]
  const AWS = [arnOf('user/maid'), arnOf('user/butler'), 'arn:aws:iam::999999999999:user/maid']
  const written = document({ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' })
  await makeRole({ iam }, 'house', { trust: written })
  const trusts = async () => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'house' }))
    const { Roles } = await iam.send(new ListRolesCommand({}))
    const { RoleDetailList } = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }))
    const shown = [Role, ...Roles!, ...RoleDetailList!].filter((role) => role?.RoleName === 'house')
    return shown.map((role) => decodeURIComponent(role!.AssumeRolePolicyDocument!))
  }
  assert.deepEqual(await trusts(), [written, written, written])
  await iam.send(new UpdateUserCommand({ UserName: 'butler', NewUserName: 'valet' }))
  await maid.remove()
  await makeUser('maid')
  for (const shown of await trusts()) {
    const [gone, renamed, elsewhere] = JSON.parse(shown).Statement[0].Principal.AWS as string[]
    assert.match(gone!, /^AIDA\w+$/)
    assert.deepEqual([renamed, elsewhere], [arnOf('user/valet'), AWS[2]])
  }
  await butler.sts.send(new AssumeRoleCommand({ RoleArn: arnOf('role/house'), RoleSessionName: 'me' }))
})

test('case 81: nobody is named ahead of their time', async () => {
  for (const AWS of [
    arnOf('user/nobody'),
    arnOf('role/nobody'),
    arnOf('role/other/path/reader'),
    'AIDAAAAAAAAAAAAAAAAAA',
  ])
    await assert.rejects(
      setPolicy(allow(AWS)),
      { name: 'MalformedPolicy', message: 'Invalid principal in policy' },
      AWS,
    )
  await setPolicy(allow(['arn:aws:iam::999999999999:user/ann', '999999999999', '*']))
})
