/** Policy evaluation alone: decisions per second for a role of twenty statements, beside a role of one statement and an empty loop. */
import { contextOf } from '../src/iam/policy/context.ts'
import { evaluate, type PolicySet } from '../src/iam/policy/evaluate.ts'
import { parsePolicy } from '../src/iam/policy/parse.ts'
import type { Principal } from '../src/iam/policy/principal.ts'
import type { AccessRequest } from '../src/iam/policy/statement.ts'

const identityId = 'us-east-1:0f2c3d4e-1111-2222-3333-444455556666'
const own = '${cognito-identity.amazonaws.com:sub}'
const account = '111122223333'

const photoStatements = [
  {
    Effect: 'Allow',
    Action: 's3:ListBucket',
    Resource: 'arn:aws:s3:::photos',
    Condition: { StringLike: { 's3:prefix': [`users/${own}/*`, 'public/*'] } },
  },
  {
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
    Resource: `arn:aws:s3:::photos/users/${own}/*`,
  },
]
/** What a role of a grown application looks like: several services, wildcards, variables, conditions, two denies. */
const grownStatements = [
  { Effect: 'Deny', Action: 's3:*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
  {
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '2001:db8::/32'] } },
  },
  ...Array.from({ length: 4 }, (_, n) => ({
    Effect: 'Allow',
    Action: [`sqs:Send*`, 'sqs:Get*'],
    Resource: `arn:aws:sqs:*:${account}:q${n}`,
  })),
  ...Array.from({ length: 4 }, (_, n) => ({
    Effect: 'Allow',
    Action: ['dynamodb:GetItem', 'dynamodb:Query'],
    Resource: `arn:aws:dynamodb:*:*:table/t${n}`,
    Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [own] } },
  })),
  ...Array.from({ length: 8 }, (_, n) => ({
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:PutObject*'],
    Resource: `arn:aws:s3:::b${n}/${own}/*`,
  })),
  ...photoStatements,
]

const principal: Principal = {
  kind: 'role',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/App/CognitoIdentityCredentials`,
  roleArn: `arn:aws:iam::${account}:role/App`,
  userId: 'AROAEXAMPLEEXAMPLE12:CognitoIdentityCredentials',
  provider: 'cognito-identity.amazonaws.com',
}
const context = contextOf({
  'aws:SourceIp': '192.0.2.17',
  'aws:SecureTransport': true,
  'aws:CurrentTime': '2026-01-01T00:00:00Z',
  'cognito-identity.amazonaws.com:sub': identityId,
  'cognito-identity.amazonaws.com:aud': 'us-east-1:aaaa',
  'cognito-identity.amazonaws.com:amr': ['authenticated', 'cognito-idp.us-east-1.amazonaws.com/us-east-1_x'],
})
const ask = (action: string, resource: string): AccessRequest => ({
  action,
  resource,
  principal,
  resourceAccount: account,
  context,
})
const requests = [
  ask('s3:PutObject', `arn:aws:s3:::photos/users/${identityId}/2026/beach.jpg`),
  ask('s3:GetObject', 'arn:aws:s3:::photos/users/us-east-1:somebody-else/beach.jpg'),
  ask('s3:GetObject', `arn:aws:s3:::b7/${identityId}/x`),
  ask('sqs:SendMessage', `arn:aws:sqs:us-east-1:${account}:q3`),
]

const roleOf = (statements: readonly object[]): PolicySet => ({
  identity: [
    {
      id: 'bench',
      label: 'role policy',
      policy: parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), 'identity'),
    },
  ],
})
const twenty = roleOf(grownStatements)
const one = roleOf(photoStatements.slice(1))

/** Calls per second of `work`, after warming up; `work` returns a number so that it cannot be optimised away. */
function rate(seconds: number, work: (turn: number) => number): number {
  let sum = 0
  for (let turn = 0; turn < 50_000; turn++) sum += work(turn)
  const batch = 10_000
  const start = performance.now()
  let turns = 0
  while (performance.now() - start < seconds * 1000) {
    for (let turn = 0; turn < batch; turn++) sum += work(turn)
    turns += batch
  }
  const spent = performance.now() - start
  if (Number.isNaN(sum)) throw new Error('unreachable')
  return (turns / spent) * 1000
}

/** One scenario for the table of results; rates are per second on one CPU. */
export const scenario = {
  name: 'policy evaluation, a role with 20 statements',
  floor: 100_000,
  aim: 500_000,
  run(seconds = 2) {
    const decide = (policies: PolicySet) => (turn: number) => (evaluate(requests[turn & 3]!, policies).allowed ? 1 : 0)
    return {
      rate: rate(seconds, decide(twenty)),
      ceilingName: 'the same with 1 statement',
      ceiling: rate(seconds, decide(one)),
      loop: rate(seconds / 4, (turn) => requests[turn & 3]!.action.length),
    }
  },
}

if (import.meta.main) {
  const { rate, ceiling, loop } = scenario.run()
  const shown = (value: number) => Math.round(value).toLocaleString('en').padStart(14)
  console.log(
    `${shown(rate)} decisions/s  ${scenario.name} (floor ${shown(scenario.floor).trim()}, aim ${shown(scenario.aim).trim()})`,
  )
  console.log(`${shown(ceiling)} decisions/s  with 1 statement (ratio ${(rate / ceiling).toFixed(2)})`)
  console.log(`${shown(loop)} turns/s      the loop alone`)
}
