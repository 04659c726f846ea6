/** Least privilege: a role that may do one thing on one pool can do that and nothing else. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateUserPoolCommand,
  DeleteUserPoolCommand,
  ListUserPoolsCommand,
  ListUsersCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { CognitoSyncClient } from '@aws-sdk/client-cognito-sync'
import { services } from '../../src/app.ts'
import { account, allowing, assume, makeRole } from '../support/roles.ts'
import { call } from '../support/roles-anywhere.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let session: Awaited<ReturnType<typeof assume>>
let pools: string[]
before(async () => {
  server = await startTestServer()
  const { idp } = server.clients
  pools = await Promise.all(
    ['mine', 'other'].map(async (PoolName) => (await idp.send(new CreateUserPoolCommand({ PoolName }))).UserPool!.Id!),
  )
  const policy = allowing('cognito-idp:ListUsers', poolArn(pools[0]!))
  session = await assume(server, server.clients, await makeRole(server.clients, 'Lister', { policy }))
})
after(() => server.close())

const poolArn = (id: string) => `arn:aws:cognito-idp:us-east-1:${account}:userpool/${id}`
const denied = (action: string, resource: string) => ({
  name: 'AccessDeniedException',
  message: `User: arn:aws:sts::${account}:assumed-role/Lister/me is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
})

test('it lists the users of its pool', async () => {
  assert.deepEqual((await session.idp.send(new ListUsersCommand({ UserPoolId: pools[0] }))).Users, [])
})

test('it lists the users of no other pool', async () => {
  const [, other] = pools
  await assert.rejects(
    session.idp.send(new ListUsersCommand({ UserPoolId: other })),
    denied('cognito-idp:ListUsers', poolArn(other!)),
  )
})

test('it does nothing else to its pool', async () => {
  const UserPoolId = pools[0]!
  await assert.rejects(
    session.idp.send(new DeleteUserPoolCommand({ UserPoolId })),
    denied('cognito-idp:DeleteUserPool', poolArn(UserPoolId)),
  )
  await assert.rejects(session.idp.send(new ListUserPoolsCommand({ MaxResults: 1 })), { name: 'AccessDeniedException' })
})

test('it does nothing else of any service', async () => {
  // ChangePassword is for users of IAM: a role session is told so before any policy is asked.
  const free = new Set(['sts:GetCallerIdentity', 'cognito-idp:ListUsers', 'iam:ChangePassword'])
  const clients: Partial<Record<string, Sendable>> = {
    'cognito-idp': session.idp,
    'cognito-identity': session.identity,
    sts: session.sts,
    iam: session.iam,
    'cognito-sync': new CognitoSyncClient({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: session.keys,
    }),
  }
  let asked = 0
  for (const [name, service] of Object.entries(services)) {
    const client = clients[name]
    const commands = client
      ? ((await import(packages[name]!)) as Record<string, new (input: object) => object>)
      : ({} as Record<string, never>)
    for (const operation of service.operations.values()) {
      if (!operation.signed || free.has(`${name}:${operation.name}`)) continue
      asked++
      const input = sample(service.model, service.model.operations[operation.name]?.input)
      const ask = client
        ? client.send(new commands[`${operation.name}Command`]!(input as object) as never)
        : askByRoute(service.model, operation.name, input as Record<string, unknown>)
      await assert.rejects(
        ask,
        // Long-term keys are asked for before any policy.
        (error: Error) =>
          /^AccessDenied/.test(error.name) ||
          assert.fail(`${name}:${operation.name} answered ${error.name}: ${error.message}`),
        `${name}:${operation.name}`,
      )
    }
  }
  assert.ok(asked > 20)
})

/** A service whose client is not among our packages is asked by its model's own routes. */
async function askByRoute(model: Model, operation: string, input: Record<string, unknown>): Promise<void> {
  const { http, input: shape } = model.operations[operation]!
  const rest = { ...input }
  const path = http!.requestUri.replace(/\{(\w+)\}/g, (_, member: string) => {
    const { [member]: value } = rest
    delete rest[member]
    return encodeURIComponent(String(value))
  })
  const query = Object.entries(model.shapes[shape ?? '']?.members ?? {}).flatMap(([member, ref]) => {
    if (typeof ref === 'string' || ref.location !== 'querystring' || rest[member] === undefined) return []
    const { [member]: value } = rest
    delete rest[member]
    return [value].flat().map((one) => `${ref.locationName ?? member}=${encodeURIComponent(String(one))}`)
  })
  const inJson = (value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value)
  const members = Object.entries(rest).map(([member, value]) => [member, inJson(value)])
  const body = http!.method === 'GET' ? undefined : Object.fromEntries(members)
  const answer = await call(server, http!.method, `${path}${query.length > 0 ? `?${query.join('&')}` : ''}`, body, {
    keys: session.keys,
  })
  if (answer.status >= 300) throw Object.assign(new Error(answer.body.message), { name: answer.type })
}

type Sendable = { send(command: never): Promise<unknown> }
const packages: Record<string, string> = {
  'cognito-idp': '@aws-sdk/client-cognito-identity-provider',
  'cognito-identity': '@aws-sdk/client-cognito-identity',
  sts: '@aws-sdk/client-sts',
  iam: '@aws-sdk/client-iam',
  'cognito-sync': '@aws-sdk/client-cognito-sync',
}

const anchorArn = `arn:aws:rolesanywhere:us-east-1:${account}:trust-anchor/11111111-1111-4111-8111-111111111111`

/** The values of members whose form their shape does not tell; all others are made from their shape. */
const known: Record<string, (service: string) => unknown> = {
  UserPoolId: () => pools[0],
  ProviderName: () => 'Corporate',
  UserName: () => 'somebody',
  RoleArn: () => `arn:aws:iam::${account}:role/Lister`,
  IdentityPoolId: () => 'us-east-1:00000000-0000-0000-0000-000000000001',
  Permissions: () => ({ PolicyTemplateArn: `arn:aws:iam::${account}:policy/none` }),
  TargetPrincipal: () => account,
  TaskPolicyArn: () => ({ arn: 'arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy' }),
  AccessKeyId: () => 'ASIAQNZGKIQY56JQ7WML',
  AssumeRolePolicyDocument: () => '{}',
  resourceArn: () => anchorArn,
  ResourceArn: (service) =>
    service === 'cognito-identity'
      ? `arn:aws:cognito-identity:us-east-1:${account}:identitypool/us-east-1:00000000-0000-0000-0000-000000000001`
      : poolArn(pools[0]!),
}

/** Members that operations demand, of a role session at least, though their shapes do not. */
const also = ['UserPoolId', 'ManagedLoginBrandingId', 'UserName']

/** One of these fits every pattern of the models. */
const forms = [
  'v1',
  '123456',
  'us-east-1:00000000-0000-0000-0000-000000000002',
  'us-east-1_00000000-0000-0000-0000-000000000000',
  '11111111-1111-4111-8111-111111111111',
  'import-aaaaaaaaaa',
  `arn:aws:iam::${account}:role/Lister`,
  anchorArn,
  'https://example.com',
  'terms-of-use',
  'Terms of use',
]

function text({ enum: allowed, pattern, min = 1, max }: Shape): string {
  if (allowed) return allowed[0]!
  const plain = 'a'.repeat(Math.max(min, 1))
  const whole = new RegExp(`^(?:${(pattern ?? '[^]*').replace('(?s).', '[^]')})$`)
  return [plain, ...forms].find((one) => whole.test(one) && one.length >= min && one.length <= (max ?? 1e9)) ?? plain
}

type Model = (typeof services)[string]['model']
type Shape = Model['shapes'][string]

/** An input that fulfils the shape: required members only. */
function sample(model: Model, shapeName: string | undefined, member = ''): unknown {
  if (shapeName === undefined) return {}
  const shape = model.shapes[shapeName]!
  if (Object.hasOwn(known, member)) return known[member]!(model.service)
  const makers: Partial<Record<typeof shape.type, () => unknown>> = {
    structure: () =>
      Object.fromEntries(
        [...(shape.required ?? []), ...also.filter((name) => shape.members?.[name])].map((name) => {
          const ref = shape.members![name]!
          return [name, sample(model, typeof ref === 'string' ? ref : ref.shape, name)]
        }),
      ),
    list: () => Array.from({ length: shape.min ?? 1 }, () => sample(model, shape.member, '')),
    map: () => ({}),
    boolean: () => false,
    integer: () => shape.min ?? 1,
    long: () => shape.min ?? 1,
    timestamp: () => new Date(0),
    blob: () => new Uint8Array(1),
  }
  return makers[shape.type]?.() ?? text(shape)
}
