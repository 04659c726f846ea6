/**
 * Case 81 as a table: every operation about a user pool, asked by somebody whose policy names another pool or another
 * region, and every signed operation of every service, asked by nobody.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { TagResourceCommand } from '@aws-sdk/client-cognito-identity-provider'
import { SignatureV4 } from '@smithy/signature-v4'
import { services } from '../../src/app.ts'
import { type Model, type Shape, shapeName, shapeOf } from '../../src/wire/model.ts'
import { callExtensions } from '../support/extensions.ts'
import { makePool, type TestPool } from '../support/people.ts'
import { account, allowing, assume, document, makeRole } from '../support/roles.ts'
import { type Keys, startTestServer, type TestServer } from '../support/server.ts'
import { Sha256 } from '../support/sha256.ts'

let server: TestServer
let [own, foreign]: [TestPool, TestPool] = [undefined as never, undefined as never]
/** May do everything with its own pool, and with every pool of another region. */
let keys: Keys
before(async () => {
  server = await startTestServer()
  own = await makePool(server)
  foreign = await makePool(server)
  await foreign.add('ann', { email: 'ann@example.com' })
  const policy = allowing('cognito-idp:*', [
    `arn:aws:cognito-idp:us-east-1:${account}:userpool/${own.id}`,
    `arn:aws:cognito-idp:eu-west-1:${account}:userpool/*`,
  ])
  keys = (await assume(server, server.clients, await makeRole(server.clients, 'own-pool', { policy }))).keys
})
after(() => server.close())

const { model, operations } = services['cognito-idp'] ?? assert.fail('no user pools')
const names = [...operations.values()].filter(({ signed }) => signed).map(({ name }) => name)
const inputOf = (of: Model, name: string): Shape => of.shapes[of.operations[name]?.input ?? ''] ?? { type: 'structure' }
const ofPool = names.filter((name) => 'UserPoolId' in (inputOf(model, name).members ?? {}))

const id = '01234567-89ab-4cde-8f01-23456789abcd'

/** What the operation itself demands, which the model does not. */
const demanded: Readonly<Record<string, object>> = { UpdateManagedLoginBranding: { ManagedLoginBrandingId: id } }

/** The least that passes the shape, with names of things that are there. */
const known: Readonly<Record<string, string>> = {
  ...{ Username: 'ann', ProviderName: 'Elsewhere', GroupName: 'team', TermsName: 'terms-of-use' },
  ...{ JobId: 'import-x', DeviceKey: `us-east-1_${id}`, ManagedLoginBrandingId: id, TermsId: id },
}
function least(of: Model, shape: Shape, member = ''): unknown {
  if (shape.enum) return shape.enum[0]
  if (shape.type === 'structure')
    return Object.fromEntries(
      (shape.required ?? []).map((name) => [
        name,
        least(of, shapeOf(of, shapeName(shape.members?.[name] ?? '')), name),
      ]),
    )
  if (shape.type === 'list')
    return Array.from({ length: shape.min ?? 0 }, () => least(of, shapeOf(of, shape.member ?? '')))
  if (shape.type === 'map') return {}
  if (shape.type === 'boolean') return true
  if (shape.type === 'blob') return 'AAAA'
  if (shape.type === 'timestamp') return 0
  if (shape.type !== 'string') return shape.min ?? 1
  return known[member] ?? (member.endsWith('Arn') ? 'arn:aws:iam::000000000000:role/none' : 'x'.repeat(shape.min ?? 1))
}

type Heard = { readonly status: number; readonly type: string; readonly message: string }

async function call(name: string, input: object, region: string, credentials: Keys | undefined = keys): Promise<Heard> {
  const url = new URL(server.endpoint)
  const body = JSON.stringify(input)
  const headers: Record<string, string> = {
    host: url.host,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `${model.targetPrefix}.${name}`,
  }
  const signer = new SignatureV4({ credentials, region, service: 'cognito-idp', sha256: Sha256 as never })
  const request = { method: 'POST', protocol: 'http:', hostname: url.hostname, port: Number(url.port), path: '/' }
  const signed = await signer.sign({ ...request, headers, body, query: {} })
  const answer = await fetch(url, { method: 'POST', headers: signed.headers, body })
  const { __type: type = '', message = '' } = (await answer.json()) as { __type?: string; message?: string }
  return { status: answer.status, type, message }
}

describe('case 81: whoever may do everything with a pool of their own', () => {
  for (const name of ofPool) {
    test(`${name}: nothing with another pool, and is not told whether there is one`, async () => {
      const base = { ...(least(model, inputOf(model, name)) as object), ...demanded[name] }
      const client = 'ClientId' in base ? { ClientId: foreign.clientId } : {}
      const ask = (UserPoolId: string) => call(name, { ...base, ...client, UserPoolId }, 'us-east-1')
      const [there, nowhere] = [await ask(foreign.id), await ask('us-east-1_nowhere')]
      assert.equal(there.type, 'AccessDeniedException', there.message)
      assert.ok(there.message.includes(`cognito-idp:${name} on resource`), there.message)
      assert.equal(nowhere.type, there.type)
      assert.equal(nowhere.message.replaceAll('us-east-1_nowhere', foreign.id), there.message)
    })

    test(`${name}: nothing by signing for the region that the policy speaks of`, async () => {
      const base = { ...(least(model, inputOf(model, name)) as object), ...demanded[name] }
      const client = 'ClientId' in base ? { ClientId: foreign.clientId } : {}
      const heard = await call(name, { ...base, ...client, UserPoolId: foreign.id }, 'eu-west-1')
      assert.deepEqual(heard, {
        status: 400,
        type: 'ResourceNotFoundException',
        message: `User pool ${foreign.id} does not exist.`,
      })
    })

    test(`${name}: nothing with a client, user or group of another pool by the way of their own`, async () => {
      const base = least(model, inputOf(model, name)) as Record<string, unknown>
      if ((!('ClientId' in base) && !('Username' in base)) || name === 'AdminCreateUser') return
      const client = 'ClientId' in base ? { ClientId: foreign.clientId } : {}
      const { type } = await call(name, { ...base, ...client, UserPoolId: own.id }, 'us-east-1')
      assert.notEqual(type, '', 'it was done')
      assert.doesNotMatch(type, /Internal|AccessDenied/)
      assert.equal((await foreign.look('ann')).enabled, true)
    })
  }

  test('the address of a client’s extensions is closed as the API is', async () => {
    const ask = (method: string, region: string) =>
      callExtensions(server, foreign.id, foreign.clientId, method, method === 'PUT' ? {} : undefined, keys, region)
    for (const method of ['GET', 'PUT']) {
      assert.equal((await ask(method, 'us-east-1')).body['__type'], 'AccessDeniedException', method)
      assert.equal((await ask(method, 'eu-west-1')).body['__type'], 'ResourceNotFoundException', method)
    }
  })

  test('a denial by the tags of a pool holds for the address of its clients’ extensions, too', async () => {
    const tagged = await makePool(server)
    const ResourceArn = `arn:aws:cognito-idp:us-east-1:${account}:userpool/${tagged.id}`
    await server.clients.idp.send(new TagResourceCommand({ ResourceArn, Tags: { stage: 'live' } }))
    const Condition = { StringEquals: { 'aws:ResourceTag/stage': 'live' } }
    const policy = document(
      { Effect: 'Allow', Action: 'cognito-idp:*', Resource: '*' },
      { Effect: 'Deny', Action: 'cognito-idp:*', Resource: '*', Condition },
    )
    const role = await makeRole(server.clients, 'not-live', { policy })
    const limited = (await assume(server, server.clients, role)).keys
    const heard = await callExtensions(server, tagged.id, tagged.clientId, 'GET', undefined, limited)
    assert.equal(heard.body['__type'], 'AccessDeniedException')
  })
})

describe('case 78: a call that nobody signed', () => {
  for (const service of Object.values(services).filter((one) => one.model.protocol === 'json'))
    for (const { name, signed } of service.operations.values())
      if (signed)
        test(`is nobody’s ${service.model.signingName}:${name}, whatever else it says`, async () => {
          const input = least(service.model, inputOf(service.model, name)) as object
          const ids = { UserPoolId: foreign.id, AccessToken: await foreign.tokenOf('ann') }
          const attempts: Record<string, string>[] = [
            {},
            { authorization: `Bearer ${ids.AccessToken}` },
            { authorization: 'Basic dGVzdDp0ZXN0' },
          ]
          for (const headers of attempts) {
            const answer = await fetch(server.endpoint, {
              method: 'POST',
              headers: { ...headers, 'x-amz-target': `${service.model.targetPrefix}.${name}` },
              body: JSON.stringify({ ...input, ...ids }),
            })
            const { __type } = (await answer.json()) as { __type?: string }
            assert.equal(__type, 'MissingAuthenticationTokenException')
          }
        })
})
