/** Case 78: the region of a signature is the caller's own word, and becomes part of ARNs, of ids and of folders. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { SignatureV4 } from '@smithy/signature-v4'
import { closeEngines } from '../../src/gateway/dynamodb.ts'
import { type Behind, listenBehind, upstream } from '../support/gateway.ts'
import { account, allowing, assume, document, makeRole } from '../support/roles.ts'
import { type Keys, startTestServer, type TestServer } from '../support/server.ts'
import { Sha256 } from '../support/sha256.ts'

let server: TestServer
let folder: string
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poolhouse-functions-'))
  for (const name of ['mine', 'theirs']) {
    writeFileSync(join(folder, `${name}.mjs`), `export const handler = async () => 'the secret of ${name}'\n`)
  }
  server = await startTestServer({ functions: folder })
})
after(async () => {
  await closeEngines(server.world)
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

type Asked = { service: string; path?: string; target?: string; input?: object; keys?: Keys }
const root = { accessKeyId: 'test', secretAccessKey: 'test' }

async function ask(
  region: string,
  { service, path = '/', target, input = {}, keys: credentials = root }: Asked,
  { endpoint } = server,
) {
  const url = new URL(path, endpoint)
  const body = JSON.stringify(input)
  const headers = {
    host: url.host,
    'content-type': 'application/x-amz-json-1.0',
    ...(target !== undefined && { 'x-amz-target': target }),
  }
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 as never })
  const request = { method: 'POST', protocol: 'http:', hostname: url.hostname, port: Number(url.port), path }
  const signed = await signer.sign({ ...request, headers, body, query: {} })
  const answer = await fetch(url, { method: 'POST', headers: signed.headers, body })
  return { status: answer.status, text: await answer.text() }
}

test('case 78: no region makes one function’s ARN begin with another’s', async () => {
  const policy = allowing('lambda:InvokeFunction', `arn:aws:lambda:us-east-1:${account}:function:mine:*`)
  const { keys } = await assume(server, server.clients, await makeRole(server.clients, 'caller', { policy }))
  const path = (name: string) => `/2015-03-31/functions/${name}/invocations`
  const invoke = (region: string, name: string) => ask(region, { service: 'lambda', path: path(name), keys })
  assert.match((await invoke('us-east-1', 'mine:live')).text, /the secret of mine/)
  assert.equal((await invoke('us-east-1', 'theirs')).status, 403)
  for (const region of [`us-east-1:${account}:function:mine`, `us-east-1:${account}:function:mine:`]) {
    const { status, text } = await invoke(region, 'theirs')
    assert.ok(status >= 400 && status < 500, `${status}`)
    assert.doesNotMatch(text, /the secret of/)
  }
})

test('case 78: what a policy denies is not had by signing for a region that it does not speak of', async () => {
  const policy = document(
    { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' },
    {
      ...{ Effect: 'Deny', Action: 'lambda:InvokeFunction' },
      Resource: `arn:aws:lambda:us-east-1:${account}:function:theirs`,
    },
  )
  const { keys } = await assume(server, server.clients, await makeRole(server.clients, 'kept-out', { policy }))
  const path = (name: string) => `/2015-03-31/functions/${name}/invocations`
  for (const region of ['us-east-1', 'eu-west-1']) {
    const kept = await ask(region, { service: 'lambda', path: path('theirs'), keys })
    assert.deepEqual([kept.status, /secret/.test(kept.text)], [403, false], region)
    const open = await ask(region, { service: 'lambda', path: path('mine'), keys })
    assert.match(open.text, /the secret of mine/, region)
  }
})

describe('case 78: a table on a server that is the same for all regions', () => {
  let apart: TestServer
  let behind: Behind
  let reached = 0
  before(async () => {
    behind = await listenBehind((_, response) => {
      reached += 1
      response.end('{}')
    })
    apart = await startTestServer({ settings: { upstreams: { dynamodb: [upstream(behind.url)] } } })
  })
  after(async () => {
    await apart.close()
    await behind.close()
  })

  const arn = (region: string, name = 'T') => `arn:aws:dynamodb:${region}:${account}:table/${name}`
  const allow = (Resource: string) => ({ Effect: 'Allow', Action: 'dynamodb:DescribeTable', Resource })
  let made = 0
  /** Who may what the statements say, and reads the table under a region: whether the server behind was asked. */
  async function readerOf(...statements: object[]) {
    made += 1
    const role = await makeRole(apart.clients, `reader-${made}`, { policy: document(...statements) })
    const { keys } = await assume(apart, apart.clients, role)
    return async (region: string, TableName = 'T') => {
      const before = reached
      const asked = { service: 'dynamodb', target: 'DynamoDB_20120810.DescribeTable', input: { TableName }, keys }
      const { status } = await ask(region, asked, apart)
      assert.equal(status, reached > before ? 200 : 400)
      return reached > before
    }
  }

  test('is not had by an Allow for another region than the request is signed for', async () => {
    const reads = await readerOf(allow(arn('eu-west-1')))
    assert.equal(await reads('eu-west-1'), true)
    for (const region of ['us-east-1', 'eu-west-2', 'eu-west-11', 'eu-west-1a']) {
      assert.equal(await reads(region), false, region)
    }
  })

  test('is denied under every region once a Deny names it under one, be it our own or not', async () => {
    for (const denied of ['us-east-1', 'eu-west-1', 'eu-*', '*-west-?']) {
      const reads = await readerOf(allow('*'), { ...allow(arn(denied)), Effect: 'Deny' })
      for (const region of ['us-east-1', 'eu-west-1', 'ap-south-1']) {
        assert.equal(await reads(region), false, `${denied}, signed for ${region}`)
        assert.equal(await reads(region, 'Other'), true, `${denied}, signed for ${region}`)
      }
    }
  })

  test('stays open in the one region that the rest of the world is denied', async () => {
    const elsewhere = {
      ...allow('*'),
      ...{ Effect: 'Deny', Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } } },
    }
    const reads = await readerOf(allow('*'), elsewhere)
    assert.deepEqual([await reads('eu-west-1'), await reads('us-east-1')], [true, false])
    const others = { Effect: 'Deny', Action: 'dynamodb:*', NotResource: arn('eu-west-1') }
    const readsOne = await readerOf(allow('*'), others)
    assert.deepEqual([await readsOne('eu-west-1'), await readsOne('us-east-1')], [true, false])
  })
})

describe('case 78: a region that is no name', () => {
  const table = {
    TableName: 'table',
    KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
  }
  const calls: Readonly<Record<string, Asked>> = {
    'a table': { service: 'dynamodb', target: 'DynamoDB_20120810.CreateTable', input: table },
    'a user pool': {
      ...{ service: 'cognito-idp', target: 'AWSCognitoIdentityProviderService.CreateUserPool' },
      input: { PoolName: 'x' },
    },
    'an identity pool': {
      ...{ service: 'cognito-identity', target: 'AWSCognitoIdentityService.CreateIdentityPool' },
      input: { IdentityPoolName: 'x', AllowUnauthenticatedIdentities: true },
    },
  }
  const regions = ['..', '.', 'a?b#c', '<x>', "a'b", '__proto__', '%2e%2e', 'a:b', '*', 'x'.repeat(5_000), 'ü']
  for (const [what, asked] of Object.entries(calls)) {
    test(`makes no home for ${what}`, async () => {
      for (const region of regions) {
        const { status, text } = await ask(region, asked)
        assert.equal(status, 400, `${region.slice(0, 20)}: ${status} ${text.slice(0, 200)}`)
        assert.match(text, /Signature|Credential/, region.slice(0, 20))
      }
    })
  }

  test('leaves nothing in the data folder', () => {
    const { dataFolder } = server.world.settings
    assert.deepEqual(
      readdirSync(dataFolder, { recursive: true }).filter((name) => /LOCK|MANIFEST/.test(String(name))),
      [],
    )
  })
})
