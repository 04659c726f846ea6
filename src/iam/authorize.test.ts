import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { testWorld } from '../../test/support/world.ts'
import { createSeal } from '../protocols/seal.ts'
import { anonymous, type Caller } from '../wire/caller.ts'
import { AwsError, explainHeader } from '../wire/errors.ts'
import type { Settings } from '../world.ts'
import { decide, type Wanted } from './authorize.ts'

const account = '000000000000'
const lines: Record<string, unknown>[] = []
const world = {
  db: (await testWorld()).db,
  now: () => Date.UTC(2026, 0, 1, 12),
  settings: { account } as Settings,
  log: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
  seal: createSeal(new Uint8Array(32)),
}
const facts = { region: 'eu-west-1', address: '::ffff:192.0.2.7', userAgent: 'sdk', secure: true, requestId: 'r-1' }
const role: Caller = {
  kind: 'role',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/R/me`,
  userId: 'AROAX:me',
  accessKeyId: 'ASIAX',
  roleArn: `arn:aws:iam::${account}:role/app/R`,
  roleId: 'AROAX',
  provider: 'cognito-identity.amazonaws.com',
  issuedAt: Date.UTC(2026, 0, 1, 11),
  context: { 'cognito-identity.amazonaws.com:sub': 'us-east-1:x' },
}
const root: Caller = {
  kind: 'root',
  account,
  arn: `arn:aws:iam::${account}:root`,
  userId: account,
  accessKeyId: 'test',
  context: {},
}

const may = (Condition?: object, Effect = 'Allow') => ({
  id: 'p',
  text: JSON.stringify({
    Version: '2012-10-17',
    Statement: { Sid: 'One', Effect, Action: 's3:*', Resource: '*', Condition },
  }),
})
const ask = (caller: Caller, more: Partial<Wanted> = {}) =>
  decide(world, caller, facts, { action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', ...more })
const allows = async (Condition: object, caller = role, more: Partial<Wanted> = {}) =>
  (await ask({ ...caller, identityPolicies: [may(Condition)] }, more)).allowed

test('a condition can ask for every fact of the request', async () => {
  const facts: Record<string, string> = {
    'aws:CurrentTime': '2026-01-01T12:00:00Z',
    'aws:EpochTime': '1767268800',
    'aws:SecureTransport': 'true',
    'aws:SourceIp': '192.0.2.7',
    'aws:UserAgent': 'sdk',
    'aws:RequestedRegion': 'eu-west-1',
    'aws:PrincipalType': 'AssumedRole',
    'aws:userid': 'AROAX:me',
    'aws:PrincipalAccount': account,
    'aws:PrincipalArn': `arn:aws:iam::${account}:role/app/R`,
    'aws:TokenIssueTime': '2026-01-01T11:00:00Z',
    'aws:MultiFactorAuthPresent': 'false',
    'aws:FederatedProvider': 'cognito-identity.amazonaws.com',
    'aws:ResourceAccount': account,
    'aws:ViaAWSService': 'false',
    'cognito-identity.amazonaws.com:sub': 'us-east-1:x',
  }
  for (const [key, value] of Object.entries(facts)) {
    assert.equal(await allows({ StringEquals: { [key]: value } }), true, key)
    assert.equal(await allows({ StringEquals: { [key]: `${value}x` } }), false, key)
  }
  for (const absent of ['aws:username', 'aws:Referer'])
    assert.equal(await allows({ Null: { [absent]: 'true' } }), true, absent)
})

test('neither the credentials nor the action can overwrite what we vouch for', async () => {
  const lying = { ...role, context: { 'aws:SourceIp': '10.0.0.1', 'AWS:userid': 'AIDAROOT' } }
  assert.equal(await allows({ IpAddress: { 'aws:SourceIp': '10.0.0.1' } }, lying), false)
  assert.equal(await allows({ StringEquals: { 'aws:userid': 'AIDAROOT' } }, lying), false)
  const more = { more: { 'aws:PrincipalArn': 'arn:aws:iam::1:root' } }
  assert.equal(await allows({ StringEquals: { 'aws:PrincipalArn': 'arn:aws:iam::1:root' } }, role, more), false)
})

test('root needs no policy, and a resource policy can still deny it', async () => {
  assert.equal((await ask(root)).allowed, true)
  const resourcePolicy = {
    id: 'b',
    text: JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::b/*' },
    }),
  }
  assert.equal((await ask(root, { resourcePolicy })).outcome, 'explicitDeny')
})

test('a caller without policies may nothing', async () => {
  assert.deepEqual([(await ask(role)).allowed, (await ask(anonymous)).allowed], [false, false])
})

test('a denial is logged with the statement that denied, and an approval is not', async () => {
  lines.length = 0
  await ask({ ...role, identityPolicies: [may()] })
  assert.equal(lines.length, 0)
  await ask({ ...role, identityPolicies: [may(undefined, 'Deny')] })
  const [line] = lines
  const { requestId, caller, action, resource, outcome, reason, policy, statement } = line!
  assert.deepEqual(
    { requestId, caller, action, resource, outcome, reason, policy, statement },
    {
      requestId: 'r-1',
      caller: role.arn,
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::b/k',
      outcome: 'explicitDeny',
      reason: 'identity',
      policy: 'p',
      statement: 'One',
    },
  )
})

test('the explanation of a denial is one line of printable ASCII, and other refusals have none', async () => {
  const verdict = await ask({
    ...role,
    identityPolicies: [may({ StringEquals: { 'aws:userid': 'é\r\nset-cookie: x' } })],
  })
  const { 'x-poolhouse-explain': explained } = explainHeader(
    new AwsError('AccessDenied', 'no', { explanation: verdict.explain() }),
  )
  assert.match(explained ?? '', /^[\x20-\x7e]{20,1000}$/)
  assert.match(explained ?? '', /aws:userid/)
  assert.deepEqual(explainHeader(new AwsError('AccessDenied', 'no', { detail: 'signature: mismatch' })), {})
})
