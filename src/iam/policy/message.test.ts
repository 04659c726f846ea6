/** The words: AWS's sentence for a refusal, and the plain one that says what would have to be true. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf } from './context.ts'
import type { Decision, NamedPolicy, PolicySet, Reason } from './evaluate.ts'
import { contextKeysOf, explain, explainTrust } from './explain.ts'
import { deniedMessage, explainSentence } from './message.ts'
import { parsePolicy } from './parse.ts'
import type { Principal } from './principal.ts'
import type { PolicyKind } from './statement.ts'

const account = '111122223333'
const sub = 'us-east-1:abc'
const role: Principal = {
  kind: 'role',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/App/CognitoIdentityCredentials`,
  roleArn: `arn:aws:iam::${account}:role/App`,
  userId: 'AROAEXAMPLE:CognitoIdentityCredentials',
}
const bucket = 'arn:aws:s3:::photos'
const own = `${bucket}/users/\${cognito-identity.amazonaws.com:sub}/*`
const theirs = `${bucket}/users/us-east-1:def/x`

const named = (label: string, id: string, kind: PolicyKind, ...Statement: object[]): NamedPolicy => ({
  id,
  label,
  policy: parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement }), kind),
})
const photos = (...statements: object[]) => named('role policy', 'photos', 'identity', ...statements)
const put = { Effect: 'Allow', Action: 's3:PutObject', Resource: own }

type Entries = Parameters<typeof contextOf>[0]
const withSub: Entries = { 'cognito-identity.amazonaws.com:sub': sub }
const explained = (
  policies: Partial<PolicySet>,
  entries = withSub,
  more: { resourceAccount?: string; principal?: Principal } = {},
) =>
  explain(
    {
      action: 's3:PutObject',
      resource: theirs,
      principal: role,
      resourceAccount: account,
      ...more,
      context: contextOf(entries),
    },
    { identity: [], ...policies },
  )
const sentence = (...input: Parameters<typeof explained>) => explainSentence(explained(...input))

const decision = (outcome: Decision['outcome'], reason: Reason): Decision => ({
  allowed: false,
  outcome,
  reason,
  statement: undefined,
})
const user = `User: ${role.arn} is not authorized to perform: `

test('an implicit deny names the kind of policy that does not allow', () => {
  const names: Partial<Record<Reason, string>> = {
    identity: 'identity-based policy',
    resource: 'resource-based policy',
    boundary: 'permissions boundary',
    session: 'session policy',
    scp: 'service control policy',
  }
  for (const [reason, name] of Object.entries(names)) {
    assert.equal(
      deniedMessage(role.arn, 'sqs:SendMessage', 'arn:q', decision('implicitDeny', reason as Reason)),
      `${user}sqs:SendMessage on resource: arn:q because no ${name} allows the sqs:SendMessage action`,
    )
  }
})
test('an explicit deny names the kind of policy that denies', () => {
  const names: Partial<Record<Reason, string>> = {
    identity: 'an identity-based policy',
    resource: 'a resource-based policy',
    boundary: 'a permissions boundary',
    session: 'a session policy',
    scp: 'a service control policy',
    trust: 'the role trust policy',
  }
  for (const [reason, name] of Object.entries(names)) {
    assert.equal(
      deniedMessage(role.arn, 'sqs:SendMessage', 'arn:q', decision('explicitDeny', reason as Reason)),
      `${user}sqs:SendMessage on resource: arn:q with an explicit deny in ${name}`,
    )
  }
})
test('a trust policy that does not allow is named as AWS names it', () => {
  assert.equal(
    deniedMessage(role.arn, 'sts:AssumeRole', role.roleArn, decision('implicitDeny', 'trust')),
    `${user}sts:AssumeRole on resource: ${role.roleArn} because no role trust policy allows the sts:AssumeRole action`,
  )
})
test('without a resource the message leaves that part out', () => {
  assert.equal(
    deniedMessage(role.arn, 'iam:ListRoles', undefined, decision('implicitDeny', 'identity'), 's3'),
    `${user}iam:ListRoles because no identity-based policy allows the iam:ListRoles action`,
  )
})
test('S3 quotes the resource', () => {
  assert.equal(
    deniedMessage(role.arn, 's3:PutObject', theirs, decision('implicitDeny', 'identity'), 's3'),
    `${user}s3:PutObject on resource: "${theirs}" because no identity-based policy allows the s3:PutObject action`,
  )
})
test('SQS writes the action in lower case', () => {
  assert.equal(
    deniedMessage(role.arn, 'sqs:SendMessage', 'arn:q', decision('implicitDeny', 'identity'), 'sqs'),
    `${user}sqs:sendmessage on resource: arn:q because no identity-based policy allows the sqs:sendmessage action`,
  )
})

test('a wrong resource: the sentence shows where the policy allows it, with the caller filled in, and what was asked', () => {
  assert.equal(
    sentence({ identity: [photos(put)] }),
    `The role policy \`photos\` allows s3:PutObject only on ${bucket}/users/${sub}/*, and the request was for ${theirs}.`,
  )
})
test('a variable without value: the sentence says which', () => {
  const explanation = explained({ identity: [photos({ ...put, Resource: `${bucket}/\${aws:username}/*` })] })
  assert.equal(
    explainSentence(explanation),
    `The role policy \`photos\` allows s3:PutObject only on ${bucket}/\${aws:username}/*, and the request has no value for \${aws:username}.`,
  )
  assert.deepEqual(explanation.missingKeys, ['aws:username'])
})
test('a failed condition: the sentence names the key, what it must be and what it was', () => {
  const when = (Condition: object) => ({ identity: [photos({ ...put, Resource: '*', Condition })] })
  const told = (condition: object, entries: Entries = {}) => sentence(when(condition), { ...withSub, ...entries })
  const start = 'The role policy `photos` allows s3:PutObject only if'
  assert.equal(
    told({ StringLike: { 's3:prefix': ['a/*', 'b/${cognito-identity.amazonaws.com:sub}'] } }, { 's3:prefix': 'c' }),
    `${start} s3:prefix matches "a/*" or "b/${sub}", and the request has "c".`,
  )
  assert.equal(
    told({ Bool: { 'aws:SecureTransport': true } }),
    `${start} aws:SecureTransport is "true", and the request has no aws:SecureTransport.`,
  )
  assert.equal(
    told({ NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, { 'aws:SourceIp': '10.1.2.3' }),
    `${start} aws:SourceIp is not in "10.0.0.0/8", and the request has "10.1.2.3".`,
  )
  assert.equal(
    told({ 'ForAnyValue:StringEquals': { 'a:amr': 'authenticated' } }, { 'a:amr': ['x', 'y'] }),
    `${start} some value of a:amr is "authenticated", and the request has "x" and "y".`,
  )
  assert.equal(
    told({ NumericLessThanEquals: { 's3:max-keys': 10 } }, { 's3:max-keys': 11 }),
    `${start} s3:max-keys is at most "10", and the request has "11".`,
  )
  assert.equal(told({ Null: { 'a:k': 'false' } }), `${start} a:k is present, and the request has no a:k.`)
})
test('the nearest miss is told: a failed condition before a wrong resource', () => {
  const near = { ...put, Resource: '*', Condition: { StringEquals: { 'a:k': 'x' } } }
  assert.match(sentence({ identity: [photos(put, near)] }), /only if a:k is "x"/)
})
test('no statement for the action: the sentence says that, for one policy and for several', () => {
  const get = { ...put, Action: 's3:GetObject' }
  assert.equal(sentence({ identity: [photos(get)] }), 'The role policy `photos` does not allow s3:PutObject at all.')
  assert.equal(
    sentence({ identity: [photos(get), named('managed policy', 'base', 'identity', get)] }),
    'None of role policy `photos` or managed policy `base` allows s3:PutObject at all.',
  )
})
test('no policy at all: the sentence says what is missing', () => {
  assert.equal(sentence({}), 'The caller has no identity policy at all.')
  const federated: Principal = { kind: 'federated', account, arn: 'f', userId: `${account}:f` }
  assert.match(
    sentence({ identity: [photos(put)] }, withSub, { principal: federated }),
    /federated user .* session policy/,
  )
  assert.match(
    sentence({ identity: [photos(put)] }, withSub, { resourceAccount: '444455556666' }),
    /^The resource has no policy/,
  )
})
test('an explicit deny: the sentence names the statement, by Sid or by its place', () => {
  const deny = { Effect: 'Deny', Action: 's3:*', Resource: '*' }
  assert.equal(
    sentence({ identity: [photos(put, { ...deny, Sid: 'NoStorage' })] }),
    `Statement \`NoStorage\` of the role policy \`photos\` denies s3:PutObject on ${theirs}, and a Deny outweighs every Allow.`,
  )
  assert.match(sentence({ identity: [photos(put, deny)] }), /^Statement 2 of the role policy `photos` denies/)
})
test('an allow: the sentence names the statement', () => {
  assert.equal(
    sentence({ identity: [photos({ ...put, Resource: '*' })] }),
    `Statement 1 of the role policy \`photos\` allows s3:PutObject on ${theirs}.`,
  )
})
test('a wrong principal: the sentence says who was meant and who asked', () => {
  const trust = named('trust policy', 'App', 'trust', {
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Principal: { AWS: '444455556666' },
  })
  const request = {
    action: 'sts:AssumeRole',
    resource: role.roleArn!,
    principal: role,
    resourceAccount: account,
    context: contextOf({}),
  }
  assert.equal(
    explainSentence(explainTrust(request, trust)),
    `The trust policy \`App\` allows sts:AssumeRole only to 444455556666, and the caller is ${role.arn}.`,
  )
})
test('an explanation lists every policy and, for each statement, the first thing that failed', () => {
  const { policies } = explained({ identity: [photos({ ...put, Action: 's3:Get*' }, put, { ...put, Resource: '*' })] })
  const statements = policies.flatMap((policy) => policy.statements.map(({ failure }) => failure))
  assert.deepEqual(
    statements.map((failure) => failure && [failure.element, failure.expected, failure.actual]),
    [['action', ['s3:Get*'], ['s3:PutObject']], ['resource', [`${bucket}/users/${sub}/*`], [theirs]], undefined],
  )
})
test('in an old policy a variable is shown as the literal text that it is', () => {
  const policy = parsePolicy(JSON.stringify({ Statement: put }), 'identity')
  assert.ok(
    sentence({ identity: [{ id: 'old', label: 'role policy', policy }] }).includes(
      `only on ${own}, and the request was for`,
    ),
  )
  assert.deepEqual(contextKeysOf(policy), [])
})
test('the condition keys of a policy are those of its conditions and its variables', () => {
  const { policy } = photos({ ...put, Condition: { StringLike: { 's3:prefix': "${aws:PrincipalTag/team, 'x'}*" } } })
  assert.deepEqual(contextKeysOf(policy), ['s3:prefix', 'cognito-identity.amazonaws.com:sub', 'aws:PrincipalTag/team'])
})
