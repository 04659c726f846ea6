/**
 * Whatever is asked of any operation, the answer is clear: never a fault of ours, never silence, never an error that AWS's model
 * of the operation does not name. POOLHOUSE_ANY_INPUT_RUNS and POOLHOUSE_ANY_INPUT_SEED ask for more, and for others.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { CreateIdentityPoolCommand, GetIdCommand } from '@aws-sdk/client-cognito-identity'
import {
  AdminInitiateAuthCommand,
  CreateGroupCommand,
  type ExplicitAuthFlowsType,
} from '@aws-sdk/client-cognito-identity-provider'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import fc from 'fast-check'
import { json, openLane, type Reply } from '../../bench/load.ts'
import { signed } from '../../bench/sign.ts'
import { services } from '../../src/app.ts'
import { operations as s3Operations } from '../../src/gateway/s3/operations.ts'
import type { Model } from '../../src/wire/model.ts'
import type { Operation } from '../../src/wire/operation.ts'
import type { Service } from '../../src/wire/service.ts'
import { makePool, password } from '../support/people.ts'
import { makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { asForm, asRest, inputFor, type Known } from './inputs.ts'

const root = { accessKeyId: 'test', secretAccessKey: 'test' }
const runs = Number(process.env['POOLHOUSE_ANY_INPUT_RUNS'] ?? 40)
const seed = Number(process.env['POOLHOUSE_ANY_INPUT_SEED'] ?? 20_261_121)

/** What any operation may answer. AWS: "Common error types" of each service's API reference; the rest is how each protocol refuses what it cannot read. */
const common: Record<Model['protocol'], readonly string[]> = {
  json: ['SerializationException', 'ValidationException', 'AccessDeniedException', 'UnrecognizedClientException'],
  'rest-json': [
    ...['SerializationException', 'ValidationException', 'AccessDeniedException', 'UnknownOperationException'],
    // Of what is signed in another way.
    'IncompleteSignatureException',
  ],
  query: ['ValidationError', 'AccessDenied', 'MalformedInput', 'InvalidParameterValue', 'MissingParameter'],
}

const flows = ['USER_SRP', 'USER_PASSWORD', 'ADMIN_USER_PASSWORD', 'USER', 'CUSTOM', 'REFRESH_TOKEN'].map(
  (flow) => `ALLOW_${flow}_AUTH` as ExplicitAuthFlowsType,
)

let server: TestServer
let lane: Awaited<ReturnType<typeof openLane>>
let known: Known
before(async () => {
  server = await startTestServer()
  lane = await openLane(Number(new URL(server.endpoint).port))
  const { idp, identity, s3 } = server.clients
  const pool = await makePool(
    server,
    { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false } },
    { ExplicitAuthFlows: flows },
  )
  await pool.add('ada', { email: 'ada@example.com' })
  await idp.send(new CreateGroupCommand({ UserPoolId: pool.id, GroupName: 'friends' }))
  const { IdentityPoolId = '' } = await identity.send(
    new CreateIdentityPoolCommand({ IdentityPoolName: 'any', AllowUnauthenticatedIdentities: true }),
  )
  const { IdentityId = '' } = await identity.send(new GetIdCommand({ IdentityPoolId }))
  await s3.send(new CreateBucketCommand({ Bucket: 'any-input' }))
  const RoleArn = await makeRole(server.clients, 'any')
  const { AuthenticationResult: tokens } = await idp.send(
    new AdminInitiateAuthCommand({
      ...{ UserPoolId: pool.id, ClientId: pool.clientId, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH' },
      AuthParameters: { USERNAME: 'ada', PASSWORD: password },
    }),
  )
  const { RefreshToken = '', NewDeviceMetadata } = tokens ?? {}
  const DeviceKey = NewDeviceMetadata?.DeviceKey ?? ''
  known = {
    ...{ RefreshToken, REFRESH_TOKEN: RefreshToken, Token: RefreshToken, DeviceKey, DEVICE_KEY: DeviceKey },
    ...{ UserPoolId: pool.id, ClientId: pool.clientId, Username: 'ada', USERNAME: 'ada', PASSWORD: password },
    ...{ AccessToken: await pool.tokenOf('ada'), GroupName: 'friends', Name: 'email', Value: 'ada@example.com' },
    ...{ Password: 'Passw0rd!x', PreviousPassword: password, ProposedPassword: 'Passw0rd!y', SRP_A: '2' },
    ...{ IdentityPoolId, IdentityId, RoleArn, RoleName: 'any', RoleSessionName: 'me', PolicyName: 'p' },
    ResourceArn: `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${pool.id}`,
    ConfirmationCode: '123456',
  }
})
after(async () => {
  lane.close()
  await server.close()
})

/** A clear refusal or an answer: never a fault of ours, never a glimpse of our inside. */
function isClear({ status, body }: Reply, what: string): void {
  assert.ok(
    status < 500 || (status === 501 && /^$|NotImplemented/.test(body)),
    `${what}: ${status} ${body.slice(0, 500)}`,
  )
  assert.doesNotMatch(body, /\.ts:\d+|node:internal|node_modules|^\s+at /m, what)
}

/** The error's code as clients read it. */
function codeOf({ head, body }: Reply, { protocol }: Model): string | undefined {
  if (protocol === 'query') return /<Code>([^<]*)<\/Code>/.exec(body)?.[1]
  const named = /^x-amzn-errortype: *([^:\r]+)/im.exec(head)?.[1]
  return named ?? (JSON.parse(body) as { __type?: string }).__type
}

/** Refused with an error that the model declares for the operation, or with one that any operation may answer. */
function isDeclared(reply: Reply, model: Model, operation: string): void {
  if (reply.status < 400) return
  const code = codeOf(reply, model)
  const every = () => Object.keys(model.shapes).filter((name) => model.shapes[name]?.exception)
  // Some operations come without a list of errors: theirs are the service's.
  const names = model.operations[operation]?.errors ?? every()
  const declared = names.map((name) => model.shapes[name]?.error?.code ?? name)
  assert.ok(
    [...declared, ...common[model.protocol]].includes(code ?? ''),
    `${operation}: ${code} is not declared: ${reply.body}`,
  )
}

async function call(service: Service, { name, signed: isSigned }: Operation, input: unknown): Promise<Reply> {
  const { model } = service
  if (model.protocol === 'query') {
    const form = [['Action', name], ['Version', model.apiVersion], ...asForm(input)]
    const body = new URLSearchParams(form as [string, string][]).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return lane.ask(signed(root, { method: 'POST', path: '/', service: model.signingName, headers, body }))
  }
  if (model.protocol === 'rest-json')
    return lane.ask(signed(root, { service: model.signingName, ...asRest(model, name, input) }))
  const target = `${model.targetPrefix}.${name}`
  if (!isSigned) return lane.ask(json(target, input as object))
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
  const body = JSON.stringify(input)
  return lane.ask(signed(root, { method: 'POST', path: '/', service: model.signingName, headers, body }))
}

/** What removes things comes last, so that the others find them. */
const inOrder = ({ operations }: Service) => {
  const all = [...operations.values()]
  const removes = ({ name }: Operation) => /Delete|Remove|Untag|SignOut|Revoke/.test(name)
  return [...all.filter((one) => !removes(one)), ...all.filter(removes)]
}

for (const [name, service] of Object.entries(services)) {
  describe(`${name} answers any input clearly`, () => {
    for (const operation of inOrder(service)) {
      test(operation.name, async () => {
        const input = inputFor(service.model, service.model.operations[operation.name]?.input, known)
        await fc.assert(
          fc.asyncProperty(input, async (given) => {
            const reply = await call(service, operation, given)
            isClear(reply, operation.name)
            isDeclared(reply, service.model, operation.name)
          }),
          { numRuns: runs, seed },
        )
      })
    }
  })
}

test('s3 answers any method, path, query and body clearly', async () => {
  const parameter = fc.constantFrom(...new Set(s3Operations.flatMap(({ query }) => query ?? [])), 'tagging', 'x')
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('any-input', 'key', 'a', '%00', '%', '%ff', '..', '%2e%2e', '.') },
    { weight: 1, arbitrary: fc.string().map(encodeURIComponent) },
  )
  const request = fc.record({
    method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'),
    path: fc.array(piece, { maxLength: 3 }).map((pieces) => `/any-input/${pieces.join('/')}`),
    query: fc.array(fc.tuple(parameter, fc.constantFrom('', '1', '-1', 'x', '%00', '99999999999')), { maxLength: 3 }),
    headers: fc.dictionary(
      fc.constantFrom(
        'range',
        'if-match',
        'if-modified-since',
        'x-amz-copy-source',
        'content-md5',
        'x-amz-acl',
        'origin',
      ),
      fc.constantFrom('bytes=0-', 'bytes=5-1', 'x', '*', '/any-input/key', '%', '"', 'AAAA'),
      { maxKeys: 2 },
    ),
    body: fc.constantFrom(
      '',
      'x',
      '<',
      '<Delete>',
      '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
      '{"Version":"2012-10-17"}',
    ),
  })
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, query, headers, body }) => {
      const search = query.map(([name, value]) => (name.includes('=') ? name : `${name}=${value}`)).join('&')
      const asked = { method, path, query: search, service: 's3', headers, body: method === 'GET' ? '' : body }
      const one = await openLane(Number(new URL(server.endpoint).port))
      try {
        isClear(await one.ask(signed(root, asked)), `${method} ${path}?${search}`)
      } finally {
        one.close()
      }
    }),
    { numRuns: 300, seed },
  )
})
