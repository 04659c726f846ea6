/** GetCallerIdentity and GetAccessKeyInfo: who a signer is, and whose a key is. */
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { DeleteRoleCommand, DeleteRolePolicyCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { GetAccessKeyInfoCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { SignatureV4 } from '@smithy/signature-v4'
import { account, allowing, assume, document, makeRole, postForm } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const whoAmI = (sts: TestServer['clients']['sts']) => sts.send(new GetCallerIdentityCommand({}))

test('root is its account', async () => {
  const { UserId, Account, Arn } = await whoAmI(server.clients.sts)
  assert.deepEqual({ UserId, Account, Arn }, { UserId: account, Account: account, Arn: `arn:aws:iam::${account}:root` })
})

test('a role session is its role and its name, without the path', async () => {
  const arn = await makeRole(server.clients, 'Who')
  const session = await assume(server, server.clients, arn)
  const { UserId, Arn } = await whoAmI(session.sts)
  assert.match(UserId!, /^AROA[A-Z2-7]{17}:me$/)
  assert.equal(Arn, `arn:aws:sts::${account}:assumed-role/Who/me`)
})

test('no policy can deny knowing who one is', async () => {
  const arn = await makeRole(server.clients, 'Denied', {
    policy: document({ Effect: 'Deny', Action: '*', Resource: '*' }),
  })
  const session = await assume(server, server.clients, arn)
  assert.match((await whoAmI(session.sts)).Arn!, /Denied/)
})

test('an unsigned call is refused', async () => {
  const { status, text } = await postForm(server.endpoint, { Action: 'GetCallerIdentity', Version: '2011-06-15' })
  assert.equal(status, 403)
  assert.match(
    text,
    /<Code>MissingAuthenticationToken<\/Code><Message>Request is missing Authentication Token<\/Message>/,
  )
})

test('unknown keys, wrong secrets and foreign tokens are refused in the words of the protocol', async () => {
  const session = await assume(server, server.clients, await makeRole(server.clients, 'Tokens'))
  const { keys } = session
  const refused = async (credentials: Parameters<TestServer['clientsWith']>[0], name: string, message: RegExp) =>
    assert.rejects(whoAmI(server.clientsWith(credentials).sts), { name, message })
  await refused(
    { accessKeyId: 'nobody', secretAccessKey: 'x' },
    'InvalidClientTokenId',
    /token included in the request is invalid/,
  )
  await refused({ accessKeyId: 'test', secretAccessKey: 'x' }, 'SignatureDoesNotMatch', /does not match/)
  await refused({ ...keys, sessionToken: `${keys.sessionToken}A` }, 'InvalidClientTokenId', /invalid/)
  await refused(
    { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: keys.sessionToken },
    'InvalidClientTokenId',
    /invalid/,
  )
  await refused(
    { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey },
    'InvalidClientTokenId',
    /invalid/,
  )
  await refused({ ...keys, secretAccessKey: 'x' }, 'SignatureDoesNotMatch', /does not match/)
})

test("a session's token beside another session's key is refused", async () => {
  const arn = await makeRole(server.clients, 'Swapped')
  const [one, two] = [await assume(server, server.clients, arn), await assume(server, server.clients, arn)]
  const mixed = server.clientsWith({ ...one.keys, sessionToken: two.keys.sessionToken })
  await assert.rejects(whoAmI(mixed.sts), { name: 'InvalidClientTokenId' })
})

test('a session ends when it said it would', async () => {
  const session = await assume(server, server.clients, await makeRole(server.clients, 'Ends'), { DurationSeconds: 900 })
  await whoAmI(session.sts)
  server.world.clock.advance(901_000)
  await assert.rejects(whoAmI(session.sts), {
    name: /ExpiredToken/,
    message: 'The security token included in the request is expired',
  })
  server.world.clock.advance(-901_000)
})

test('a session of a deleted role is nobody, also when the role is made again', async () => {
  const arn = await makeRole(server.clients, 'Gone')
  const session = await assume(server, server.clients, arn)
  await server.clients.iam.send(new DeleteRoleCommand({ RoleName: 'Gone' }))
  await assert.rejects(whoAmI(session.sts), { name: 'InvalidClientTokenId' })
  await makeRole(server.clients, 'Gone')
  await assert.rejects(whoAmI(session.sts), { name: 'InvalidClientTokenId' })
})

test("GetAccessKeyInfo refuses a key id that is none, answers a key's account, and asks the policy", async () => {
  const { sts, iam } = server.clients
  await assert.rejects(sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: 'short' })), {
    name: 'ValidationError',
    message:
      "1 validation error detected: Value 'short' at 'accessKeyId' failed to satisfy constraint: Member must have length greater than or equal to 16",
  })
  const session = await assume(server, server.clients, await makeRole(server.clients, 'Keys'))
  const asked = new GetAccessKeyInfoCommand({ AccessKeyId: session.keys.accessKeyId })
  assert.equal((await sts.send(asked)).Account, account)
  await assert.rejects(session.sts.send(asked), {
    name: 'AccessDenied',
    message: `User: arn:aws:sts::${account}:assumed-role/Keys/me is not authorized to perform: sts:GetAccessKeyInfo because no identity-based policy allows the sts:GetAccessKeyInfo action`,
  })
  await iam.send(
    new PutRolePolicyCommand({ RoleName: 'Keys', PolicyName: 'p', PolicyDocument: allowing('sts:GetAccessKeyInfo') }),
  )
  assert.equal((await session.sts.send(asked)).Account, account)
  await iam.send(new DeleteRolePolicyCommand({ RoleName: 'Keys', PolicyName: 'p' }))
  await assert.rejects(session.sts.send(asked), { name: 'AccessDenied' })
})

class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string | NodeJS.ArrayBufferView)
  }
  update(data: Uint8Array) {
    this.#hash.update(data)
  }
  digest = async () => new Uint8Array(this.#hash.digest())
  reset() {}
}

/** Such links prove to others who somebody is: Kubernetes and Vault ask for them. */
async function link(keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) {
  const { hostname, port } = new URL(server.endpoint)
  const signer = new SignatureV4({ service: 'sts', region: 'us-east-1', credentials: keys, sha256: Sha256 })
  const request = {
    method: 'GET',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: '/',
    headers: { host: `${hostname}:${port}` },
  }
  const query = { Action: 'GetCallerIdentity', Version: '2011-06-15' }
  const signed = await signer.presign({ ...request, query }, { expiresIn: 60 })
  return new URL(`/?${new URLSearchParams(signed.query as Record<string, string>)}`, server.endpoint)
}

test('a presigned link says who signed it, for another action it is worthless', async () => {
  const session = await assume(server, server.clients, await makeRole(server.clients, 'Linked'))
  const url = await link(session.keys)
  const answer = await fetch(url)
  assert.equal(answer.status, 200)
  assert.match(await answer.text(), /<Arn>arn:aws:sts::000000000000:assumed-role\/Linked\/me<\/Arn>/)
  url.searchParams.set('Action', 'GetSessionToken')
  assert.equal((await fetch(url)).status, 403)
})
