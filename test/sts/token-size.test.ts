/** MinimumSessionTokenSize: tokens are as large as somebody wants to try out, and open all the same. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { EnableOrganizationsRootSessionsCommand } from '@aws-sdk/client-iam'
import {
  AssumeRoleCommand,
  AssumeRootCommand,
  type Credentials,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts'
import { account, allowing, assume, keysOf, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
  await server.clients.iam.send(new EnableOrganizationsRootSessionsCommand({}))
})
after(() => server.close())

type Sized = { Credentials?: Credentials; SessionTokenSize?: number; SessionTokenUtilization?: number }
type Wish = { MinimumSessionTokenSize?: number }

const ways: Record<string, (wish: Wish) => Promise<Sized>> = {
  AssumeRole: async (wish) => {
    const RoleArn = await makeRole(server.clients, 'Large').catch(() => `arn:aws:iam::${account}:role/Large`)
    return server.clients.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me', ...wish }))
  },
  GetSessionToken: (wish) => server.clients.sts.send(new GetSessionTokenCommand(wish)),
  GetFederationToken: (wish) => server.clients.sts.send(new GetFederationTokenCommand({ Name: 'fed', ...wish })),
  AssumeRoot: async (wish) => {
    const name = `Rooter${wish.MinimumSessionTokenSize ?? 0}`
    const role = await makeRole(server.clients, name, { policy: allowing('sts:AssumeRoot') })
    const { sts } = await assume(server, server.clients, role)
    const TaskPolicyArn = { arn: 'arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy' }
    return sts.send(new AssumeRootCommand({ TargetPrincipal: account, TaskPolicyArn, ...wish }))
  },
}

for (const [name, ask] of Object.entries(ways))
  test(`${name} tells the size of the token, and makes it larger where that is wanted`, async () => {
    const plain = await ask({})
    assert.equal(plain.SessionTokenSize, plain.Credentials!.SessionToken!.length)
    const large = await ask({ MinimumSessionTokenSize: 4096 })
    assert.ok(large.SessionTokenSize! >= 4096 && large.SessionTokenSize! > plain.SessionTokenSize!)
    assert.equal(large.SessionTokenSize, large.Credentials!.SessionToken!.length)
    assert.ok(plain.SessionTokenUtilization! < large.SessionTokenUtilization!)
    assert.equal(large.SessionTokenUtilization, 100)
    await server.clientsWith(keysOf(large.Credentials)).sts.send(new GetCallerIdentityCommand({}))
    await assert.rejects(ask({ MinimumSessionTokenSize: 4097 }), { name: 'ValidationError' })
  })
