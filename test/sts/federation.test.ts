/** GetSessionToken and GetFederationToken: temporary credentials made from long-term keys. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { GetRoleCommand } from '@aws-sdk/client-iam'
import {
  AssumeRoleCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  type GetFederationTokenCommandInput,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts'
import { account, allowing, assume, keysOf, makeRole } from '../support/roles.ts'
import { type Clients, startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let role: string
before(async () => {
  server = await startTestServer()
  role = await makeRole(server.clients, 'R')
})
after(() => server.close())

const sessionToken = (clients: Clients, DurationSeconds?: number) =>
  clients.sts.send(new GetSessionTokenCommand({ DurationSeconds }))
const federate = (clients: Clients, Name: string, more: Partial<GetFederationTokenCommandInput> = {}) =>
  clients.sts.send(new GetFederationTokenCommand({ Name, ...more }))
const invalid = { name: 'InvalidClientTokenId' }

describe('GetSessionToken', () => {
  test('refuses the wrong type', async () => {
    await assert.rejects(sessionToken(server.clients, 'x' as unknown as number), { name: 'MalformedInput' })
  })

  test('refuses the wrong value', async () => {
    await assert.rejects(sessionToken(server.clients, 1), { name: 'ValidationError' })
  })

  test('does it: an hour at most for root, and neither IAM nor more of STS than roles and names', async () => {
    const { Credentials } = await sessionToken(server.clients, 129_600)
    const seconds = (Credentials!.Expiration!.getTime() - server.world.now()) / 1000
    assert.ok(seconds > 3590 && seconds <= 3601)
    const clients = server.clientsWith(keysOf(Credentials))
    assert.equal((await clients.sts.send(new GetCallerIdentityCommand({}))).Arn, `arn:aws:iam::${account}:root`)
    await clients.sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'me' }))
    await assert.rejects(clients.iam.send(new GetRoleCommand({ RoleName: 'R' })), invalid)
    await assert.rejects(clients.sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: 'ASIAQNZGKIQY56JQ7WML' })), {
      name: 'AccessDenied',
    })
  })

  test('is not for those who are temporary themselves', async () => {
    const session = await assume(server, server.clients, role)
    await assert.rejects(sessionToken(session), {
      name: 'AccessDenied',
      message: 'Cannot call GetSessionToken with session credentials',
    })
    await assert.rejects(federate(session, 'ann'), { name: 'AccessDenied' })
  })
})

describe('GetFederationToken', () => {
  test('refuses the wrong type', async () => {
    await assert.rejects(federate(server.clients, 'ann', { DurationSeconds: 'x' as unknown as number }), {
      name: 'MalformedInput',
    })
  })

  test('refuses the wrong value', async () => {
    await assert.rejects(federate(server.clients, 'a'), { name: 'ValidationError' })
    await assert.rejects(federate(server.clients, 'ann', { Policy: '{' }), { name: 'MalformedPolicyDocumentException' })
  })

  test('does it: a user with a name of its own, without roles and without IAM', async () => {
    const answer = await federate(server.clients, 'ann', { Policy: allowing('*') })
    assert.deepEqual(answer.FederatedUser, {
      FederatedUserId: `${account}:ann`,
      Arn: `arn:aws:sts::${account}:federated-user/ann`,
    })
    assert.ok(answer.PackedPolicySize! > 0)
    const clients = server.clientsWith(keysOf(answer.Credentials))
    const { UserId, Arn } = await clients.sts.send(new GetCallerIdentityCommand({}))
    assert.deepEqual([UserId, Arn], [`${account}:ann`, `arn:aws:sts::${account}:federated-user/ann`])
    await assert.rejects(clients.iam.send(new GetRoleCommand({ RoleName: 'R' })), invalid)
    await assert.rejects(clients.sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'me' })), {
      name: 'AccessDenied',
    })
  })
})
