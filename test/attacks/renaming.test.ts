/** Case 81: what one may do with one's own users and groups must not become rights by another name. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  GetGroupCommand,
  GetUserCommand,
  PutUserPolicyCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { account, document } from '../support/roles.ts'
import { type Clients, startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
/** May change users and groups below `/dev/`, and read what lies under their own name. */
let ann: Clients
before(async () => {
  server = await startTestServer()
  const { iam, s3 } = server.clients
  await iam.send(new CreateUserCommand({ UserName: 'ann', Path: '/dev/' }))
  await iam.send(new CreateUserCommand({ UserName: 'tom', Path: '/dev/' }))
  await iam.send(new CreateGroupCommand({ GroupName: 'team', Path: '/dev/' }))
  const PolicyDocument = document(
    {
      Effect: 'Allow',
      Action: ['iam:UpdateUser', 'iam:UpdateGroup'],
      Resource: [`arn:aws:iam::${account}:user/dev/*`, `arn:aws:iam::${account}:group/dev/*`],
    },
    { Effect: 'Deny', Action: 'iam:*', Resource: `arn:aws:iam::${account}:user/dev/boss` },
    { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::homes/${aws:username}/*' },
  )
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  ann = server.clientsWith({
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  })
  await s3.send(new CreateBucketCommand({ Bucket: 'homes' }))
  await s3.send(new PutObjectCommand({ Bucket: 'homes', Key: 'boss/plans', Body: 'x' }))
})
after(() => server.close())

const denied = { name: 'AccessDenied' }

test('case 81: nobody renames themselves to who they may not change, and reads what is under that name', async () => {
  await assert.rejects(ann.iam.send(new UpdateUserCommand({ UserName: 'ann', NewUserName: 'boss' })), denied)
  await assert.rejects(ann.s3.send(new GetObjectCommand({ Bucket: 'homes', Key: 'boss/plans' })), denied)
})

test('case 81: nobody moves a user or a group to a path that they have no rights to', async () => {
  for (const NewPath of ['/', '/admins/']) {
    await assert.rejects(ann.iam.send(new UpdateUserCommand({ UserName: 'tom', NewPath })), denied)
    await assert.rejects(ann.iam.send(new UpdateGroupCommand({ GroupName: 'team', NewPath })), denied)
  }
  const { User } = await server.clients.iam.send(new GetUserCommand({ UserName: 'tom' }))
  const { Group } = await server.clients.iam.send(new GetGroupCommand({ GroupName: 'team' }))
  assert.deepEqual([User?.Path, Group?.Path], ['/dev/', '/dev/'])
})

test('case 81: within one’s rights a user and a group are renamed and moved', async () => {
  await ann.iam.send(new UpdateUserCommand({ UserName: 'tom', NewUserName: 'tim', NewPath: '/dev/web/' }))
  await ann.iam.send(new UpdateGroupCommand({ GroupName: 'team', NewGroupName: 'crew' }))
  const { User } = await server.clients.iam.send(new GetUserCommand({ UserName: 'tim' }))
  assert.equal(User?.Path, '/dev/web/')
})
