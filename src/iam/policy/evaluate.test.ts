/** The decision: who is allowed what by which policies, and which condition holds when. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf } from './context.ts'
import { type Decision, evaluate, evaluateTrust, type NamedPolicy, type PolicySet } from './evaluate.ts'
import { parsePolicy } from './parse.ts'
import type { Principal } from './principal.ts'
import type { AccessRequest, PolicyKind } from './statement.ts'

type Entries = Parameters<typeof contextOf>[0]
const account = '111122223333'
const foreign = '444455556666'
const bucket = 'arn:aws:s3:::b'
const key = `${bucket}/k`
const sub = 'us-east-1:0f2c3d4e-1111'
const version = '2012-10-17'

const role: Principal = {
  kind: 'role',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/R/s`,
  roleArn: `arn:aws:iam::${account}:role/app/R`,
  userId: 'AROAEXAMPLE:s',
  provider: 'cognito-identity.amazonaws.com',
}
const user: Principal = { kind: 'user', account, arn: `arn:aws:iam::${account}:user/u`, userId: 'AIDAEXAMPLE' }
const root: Principal = { kind: 'root', account, arn: `arn:aws:iam::${account}:root`, userId: account }
const federated: Principal = {
  kind: 'federated',
  account,
  arn: `arn:aws:sts::${account}:federated-user/f`,
  userId: `${account}:f`,
  federatedBy: user.arn,
}
const anonymous: Principal = { kind: 'anonymous', account: '', arn: '', userId: 'anonymous' }
const service: Principal = { kind: 'service', account: '', arn: 'sns.amazonaws.com', userId: '' }
const token: Principal = {
  kind: 'web-identity',
  account: '',
  arn: '',
  userId: '',
  provider: 'cognito-identity.amazonaws.com',
}

type Source = Record<string, unknown>
const policy = (kind: PolicyKind, ...statements: Source[]): NamedPolicy => ({
  id: 'p',
  label: `${kind} policy`,
  policy: parsePolicy(JSON.stringify({ Version: version, Statement: statements }), kind),
})
const everything = { Effect: 'Allow', Action: '*', Resource: '*' }
const read = { Effect: 'Allow', Action: 's3:GetObject', Resource: `${bucket}/*` }
const other = { Effect: 'Allow', Action: 'sqs:*', Resource: '*' }
const identity = (...statements: Source[]) => [policy('identity', ...statements)]
const by = (AWS: string | string[], more: Source = {}) => policy('resource', { ...read, Principal: { AWS }, ...more })

const ask = (principal: Principal, more: Partial<AccessRequest> & { entries?: Entries } = {}): AccessRequest => ({
  action: 's3:GetObject',
  resource: key,
  resourceAccount: account,
  principal,
  ...more,
  context: contextOf(more.entries ?? {}),
})
const short = ({ outcome, reason }: Decision) => `${outcome} ${reason}`
const decide = (principal: Principal, policies: Partial<PolicySet>, more?: Parameters<typeof ask>[1]) =>
  short(evaluate(ask(principal, more), { identity: [], ...policies }))

/** Does the condition hold? As an Allow for a role session that has nothing else. */
const holds = (Condition: Source, entries: Entries, head: { Version?: string } = { Version: version }) => {
  const text = JSON.stringify({ ...head, Statement: { ...everything, Condition } })
  const named = { id: 'p', label: 'p', policy: parsePolicy(text, 'identity') }
  return evaluate(ask(role, { entries }), { identity: [named] }).allowed
}
/** Does the Resource match? */
const covers = (Resource: string | string[], resource: string, entries: Entries = {}) =>
  decide(role, { identity: identity({ ...read, Resource }) }, { resource, entries }) === 'allowed identity'

// ---- section: the algorithm

test('a role session without policies is denied implicitly', () => {
  assert.equal(decide(role, {}), 'implicitDeny identity')
})
test('an identity policy allows, and the decision names the statement', () => {
  const policies = identity(other, { ...read, Sid: 'read' })
  assert.deepEqual(evaluate(ask(role), { identity: policies }), {
    allowed: true,
    outcome: 'allowed',
    reason: 'identity',
    statement: { policy: 'p', sid: 'read', index: 1, says: policies[0]?.policy.statements[1] },
  })
})
test('an explicit deny in any kind of policy beats every allow', () => {
  const deny = { ...everything, Effect: 'Deny' }
  const allowing: PolicySet = {
    identity: identity(everything),
    resource: by('*'),
    boundary: policy('boundary', everything),
    session: [policy('session', everything)],
    scp: [[policy('boundary', everything)]],
    rcp: [[policy('resource', { ...everything, Principal: '*' })]],
  }
  const named = { ...deny, Principal: '*' }
  const denying: Record<string, PolicySet> = {
    identity: { ...allowing, identity: [...allowing.identity, policy('identity', deny)] },
    resource: { ...allowing, resource: policy('resource', { ...everything, Principal: '*' }, named) },
    boundary: { ...allowing, boundary: policy('boundary', everything, deny) },
    session: { ...allowing, session: [policy('session', everything), policy('session', deny)] },
    scp: { ...allowing, scp: [[policy('boundary', everything)], [policy('boundary', everything, deny)]] },
    rcp: { ...allowing, rcp: [[policy('resource', { ...everything, Principal: '*' }, named)]] },
  }
  assert.equal(decide(role, allowing), 'allowed resource')
  for (const [reason, policies] of Object.entries(denying))
    assert.equal(decide(role, policies), `explicitDeny ${reason}`)
})

const boundary = policy('boundary', other)
const session = [policy('session', other)]
const sameAccount: readonly [
  rule: string,
  caller: Principal,
  named: string,
  others: Partial<PolicySet>,
  expected: string,
][] = [
  ['a user ARN allows without anything else', user, user.arn, {}, 'allowed resource'],
  ["a user's unique id allows like the ARN", user, user.userId, {}, 'allowed resource'],
  ['a user ARN allows in spite of the boundary', user, user.arn, { boundary }, 'allowed resource'],
  [
    'a session ARN allows in spite of boundary and session policy',
    role,
    role.arn,
    { boundary, session },
    'allowed resource',
  ],
  ['everyone allows in spite of boundary and session policy', role, '*', { boundary, session }, 'allowed resource'],
  ['a role ARN allows without identity policy', role, role.roleArn!, {}, 'allowed resource'],
  ["a role's unique id allows like its ARN", role, 'AROAEXAMPLE', {}, 'allowed resource'],
  ['a role ARN is limited by the boundary', role, role.roleArn!, { boundary }, 'implicitDeny boundary'],
  ['a role ARN is limited by the session policy', role, role.roleArn!, { session }, 'implicitDeny session'],
  [
    'a role ARN without the path of the role names nobody',
    role,
    `arn:aws:iam::${account}:role/R`,
    {},
    'implicitDeny identity',
  ],
  [
    'the ARN of another session names nobody',
    role,
    `arn:aws:sts::${account}:assumed-role/R/t`,
    {},
    'implicitDeny identity',
  ],
  ['a federated user ARN allows without session policy', federated, federated.arn, {}, 'allowed resource'],
  [
    'the ARN of the user who federated is limited by the session policy',
    federated,
    user.arn,
    {},
    'implicitDeny session',
  ],
  [
    'the ARN of the user who federated allows what the session policy allows',
    federated,
    user.arn,
    { session: [policy('session', read)] },
    'allowed resource',
  ],
  ['an account id alone delegates, so an identity policy is needed', role, account, {}, 'implicitDeny identity'],
  ['the account root alone delegates, so an identity policy is needed', user, root.arn, {}, 'implicitDeny identity'],
  ['the account and an identity policy allow', role, account, { identity: identity(read) }, 'allowed identity'],
  ['another account is nobody here', role, foreign, {}, 'implicitDeny identity'],
]
for (const [rule, caller, named, others, expected] of sameAccount) {
  test(`same account: ${rule}`, () => assert.equal(decide(caller, { ...others, resource: by(named) }), expected))
}

test('the most direct of several grants counts, whatever their order', () => {
  const statements = [role.roleArn!, role.arn, account].map((AWS) => ({ ...read, Principal: { AWS } }))
  for (const order of [statements, statements.toReversed()]) {
    assert.equal(decide(role, { boundary, resource: policy('resource', ...order) }), 'allowed resource')
  }
})
test('a session policy cuts the role down: both must allow', () => {
  assert.equal(decide(role, { identity: identity(everything), session }), 'implicitDeny session')
  assert.equal(decide(role, { identity: identity(other), session: [policy('session', read)] }), 'implicitDeny identity')
  assert.equal(decide(role, { identity: identity(read), session: [policy('session', read)] }), 'allowed identity')
})
test('several session policies are a union; an empty list of them allows nothing', () => {
  assert.equal(
    decide(role, { identity: identity(read), session: [...session, policy('session', read)] }),
    'allowed identity',
  )
  assert.equal(decide(role, { identity: identity(read), session: [] }), 'implicitDeny session')
})
test('a boundary cuts the identity policies down and allows nothing itself', () => {
  assert.equal(decide(user, { identity: identity(read), boundary }), 'implicitDeny boundary')
  assert.equal(decide(user, { boundary: policy('boundary', everything) }), 'implicitDeny identity')
  assert.equal(decide(user, { identity: identity(read), boundary: policy('boundary', everything) }), 'allowed identity')
})
test('every level of service control policies must allow', () => {
  const open = [policy('boundary', everything)]
  const closed = [policy('boundary', other)]
  assert.equal(decide(role, { identity: identity(read), scp: [open, open] }), 'allowed identity')
  assert.equal(decide(role, { identity: identity(read), scp: [open, closed] }), 'implicitDeny scp')
  assert.equal(decide(role, { resource: by('*'), scp: [closed] }), 'implicitDeny scp')
})
test('resource control policies bind everyone, service control policies not the anonymous', () => {
  const closed = { ...other, Principal: '*' }
  assert.equal(decide(anonymous, { resource: by('*'), rcp: [[policy('resource', closed)]] }), 'implicitDeny rcp')
  assert.equal(decide(anonymous, { resource: by('*'), scp: [[policy('boundary', other)]] }), 'allowed resource')
})
test('the root user may do anything in its account, but not against the resource or an organisation', () => {
  assert.equal(decide(root, {}), 'allowed root')
  assert.equal(decide(root, { resource: by(account, { Effect: 'Deny' }) }), 'explicitDeny resource')
  assert.equal(decide(root, { scp: [[policy('boundary', other)]] }), 'implicitDeny scp')
})
test('a session of the root user may do no more than its session policies', () => {
  assert.equal(decide(root, { session: [policy('session', read)] }), 'allowed root')
  assert.equal(decide(root, { session: [policy('session', other)] }), 'implicitDeny session')
  assert.equal(decide(root, { session: [] }), 'implicitDeny session')
  assert.equal(decide(root, { session: [policy('session', { ...read, Effect: 'Deny' })] }), 'explicitDeny session')
})
test('the root user of another account needs the resource policy', () => {
  assert.equal(decide(root, {}, { resourceAccount: foreign }), 'implicitDeny resource')
  assert.equal(decide(root, { resource: by(account) }, { resourceAccount: foreign }), 'allowed resource')
})
test('an anonymous caller has the resource policy only, and only if it means everyone', () => {
  assert.equal(decide(anonymous, {}), 'implicitDeny resource')
  assert.equal(decide(anonymous, { identity: identity(everything) }), 'implicitDeny resource')
  assert.equal(decide(anonymous, { resource: by(account) }), 'implicitDeny resource')
  assert.equal(decide(anonymous, { resource: by('*') }), 'allowed resource')
})
test('a service needs a resource policy that names it or everyone', () => {
  const naming = (Service: string) => ({ resource: policy('resource', { ...read, Principal: { Service } }) })
  assert.equal(decide(service, naming('sns.amazonaws.com')), 'allowed resource')
  assert.equal(decide(service, naming('sqs.amazonaws.com')), 'implicitDeny resource')
  assert.equal(decide(service, { resource: by('*') }), 'allowed resource')
})
test('across accounts both sides must allow', () => {
  const there = { resourceAccount: foreign }
  for (const named of [role.arn, role.roleArn!, account, '*']) {
    assert.equal(decide(role, { resource: by(named) }, there), 'implicitDeny identity')
    assert.equal(decide(role, { resource: by(named), identity: identity(read) }, there), 'allowed identity')
    assert.equal(
      decide(role, { resource: by(named), identity: identity(read), session }, there),
      'implicitDeny session',
    )
    assert.equal(
      decide(role, { resource: by(named), identity: identity(read), boundary }, there),
      'implicitDeny boundary',
    )
  }
  assert.equal(decide(role, { identity: identity(everything) }, there), 'implicitDeny resource')
})
test("a Federated principal of a resource policy means that provider's sessions, limited like a grant to their role", () => {
  const resource = policy('resource', { ...read, Principal: { Federated: 'cognito-identity.amazonaws.com' } })
  assert.equal(decide(role, { resource }), 'allowed resource')
  assert.equal(decide(role, { resource, session }), 'implicitDeny session')
  assert.equal(decide({ ...role, provider: 'accounts.google.com' }, { resource }), 'implicitDeny identity')
})
test('a canonical user id means the account', () => {
  const canonicalId = '0123456789abcdef'.repeat(4)
  const resource = policy('resource', { ...read, Principal: { CanonicalUser: canonicalId } })
  assert.equal(decide({ ...user, canonicalId }, { resource }), 'implicitDeny identity')
  assert.equal(
    decide({ ...user, canonicalId }, { resource, identity: identity(read) }, { resourceAccount: foreign }),
    'allowed identity',
  )
})
test('NotPrincipal with Deny spares a role session only if session, role and account are all listed', () => {
  const sparing = (...AWS: string[]) => policy('resource', { ...read, Effect: 'Deny', NotPrincipal: { AWS } })
  const whole = [role.arn, role.roleArn!, account]
  assert.equal(decide(role, { identity: identity(read), resource: sparing(...whole) }), 'allowed identity')
  for (const left of whole) {
    const resource = sparing(...whole.filter((one) => one !== left))
    assert.equal(decide(role, { identity: identity(read), resource }), 'explicitDeny resource')
  }
  assert.equal(decide(anonymous, { resource: sparing(...whole) }), 'explicitDeny resource')
})
test('NotPrincipal with Allow grants everybody who is listed in no way, the anonymous too', () => {
  const resource = policy('resource', { ...read, NotPrincipal: { AWS: account } })
  assert.equal(decide(role, { resource }), 'implicitDeny identity')
  assert.equal(decide(anonymous, { resource }), 'allowed resource')
  assert.equal(
    decide({ ...user, account: foreign, arn: 'x' }, { resource, identity: identity(read) }),
    'allowed identity',
  )
})

// ---- section: trust policies

const trusting = (Principal: unknown, more: Source = {}) =>
  policy('trust', { Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...more })
const assume = (caller: Principal, trust: NamedPolicy, policies?: PolicySet, more?: Parameters<typeof ask>[1]) =>
  short(evaluateTrust(ask(caller, { action: 'sts:AssumeRole', resource: role.roleArn!, ...more }), trust, policies))
const mayAssume = { identity: identity({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: role.roleArn }) }

test('an identity policy alone never suffices to assume a role', () => {
  assert.equal(assume(user, trusting({ AWS: foreign }), mayAssume), 'implicitDeny trust')
})
test('a trust policy that names the user is enough within the account', () => {
  assert.equal(assume(user, trusting({ AWS: user.arn })), 'allowed trust')
})
test('a trust policy that names the account delegates to it', () => {
  assert.equal(assume(user, trusting({ AWS: root.arn })), 'implicitDeny identity')
  assert.equal(assume(user, trusting({ AWS: root.arn }), mayAssume), 'allowed identity')
})
test('across accounts trust and identity policy must both allow', () => {
  const there = { resourceAccount: foreign }
  assert.equal(assume(user, trusting({ AWS: user.arn }), { identity: [] }, there), 'implicitDeny identity')
  assert.equal(assume(user, trusting({ AWS: user.arn }), mayAssume, there), 'allowed identity')
})
test('the root user cannot assume a role', () => {
  assert.equal(assume(root, trusting({ AWS: '*' })), 'implicitDeny trust')
})
test('a deny in the trust policy says so', () => {
  assert.equal(assume(user, trusting({ AWS: '*' }, { Effect: 'Deny' }), mayAssume), 'explicitDeny trust')
})

const web = { action: 'sts:AssumeRoleWithWebIdentity' }
const cognito = { Federated: 'cognito-identity.amazonaws.com' }
const pool = {
  'cognito-identity.amazonaws.com:aud': 'us-east-1:pool',
  'cognito-identity.amazonaws.com:amr': ['authenticated', 'x'],
}
const cognitoTrust = trusting(cognito, {
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: {
    StringEquals: { 'cognito-identity.amazonaws.com:aud': 'us-east-1:pool' },
    'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' },
  },
})
test('the usual trust policy admits the authenticated identities of its pool and nobody else', () => {
  assert.equal(assume(token, cognitoTrust, undefined, { ...web, entries: pool }), 'allowed trust')
  const guest = { ...pool, 'cognito-identity.amazonaws.com:amr': ['unauthenticated'] }
  assert.equal(assume(token, cognitoTrust, undefined, { ...web, entries: guest }), 'implicitDeny trust')
  const elsewhere = { ...pool, 'cognito-identity.amazonaws.com:aud': 'us-east-1:other' }
  assert.equal(assume(token, cognitoTrust, undefined, { ...web, entries: elsewhere }), 'implicitDeny trust')
  const google = { ...token, provider: 'accounts.google.com' }
  assert.equal(assume(google, cognitoTrust, undefined, { ...web, entries: pool }), 'implicitDeny trust')
})
test('passing tags needs sts:TagSession in the trust policy', () => {
  assert.equal(
    assume(token, cognitoTrust, undefined, { action: 'sts:TagSession', entries: pool }),
    'implicitDeny trust',
  )
})
test('everyone in a trust policy means every AWS principal, not every token; in a Deny it means tokens too', () => {
  const everyone = trusting('*', { Action: 'sts:AssumeRole*' })
  assert.equal(assume(user, everyone), 'allowed trust')
  assert.equal(assume(token, everyone, undefined, web), 'implicitDeny trust')
  const denying = policy(
    'trust',
    { Effect: 'Allow', Principal: cognito, Action: web.action },
    { Effect: 'Deny', Principal: '*', Action: web.action },
  )
  assert.equal(assume(token, denying, undefined, web), 'explicitDeny trust')
})
test('a Federated principal of a trust policy means the token, not the session that came of it', () => {
  assert.equal(assume(role, trusting(cognito), mayAssume), 'implicitDeny trust')
})
test('a trust policy for a service admits that service', () => {
  assert.equal(assume(service, trusting({ Service: 'sns.amazonaws.com' })), 'allowed trust')
  assert.equal(assume(service, trusting({ Service: 'sqs.amazonaws.com' })), 'implicitDeny trust')
})

// ---- section: actions and resources

test('actions match in any letter case, and a wildcard may stand anywhere in the name', () => {
  const may = (Action: string, action: string) =>
    decide(role, { identity: identity({ ...read, Action }) }, { action }).startsWith('allowed')
  for (const pattern of ['*', '*:*', 's3:*', 'S3:GETOBJECT', 's3:Get*', 's3:*Object', 's3:G?tObj*t']) {
    assert.ok(may(pattern, 's3:GetObject'), pattern)
  }
  for (const pattern of ['s3:Get', 's3:GetObject?', 's3:*Objects', 'sqs:*', 's3:Put*']) {
    assert.ok(!may(pattern, 's3:GetObject'), pattern)
  }
})
test('an action without resource type is asked with *, which no concrete ARN covers and every NotResource does', () => {
  assert.ok(covers('*', '*'))
  for (const resource of [`${bucket}/*`, 'arn:aws:s3:::*', 'arn:*:s3:*:*:*'])
    assert.ok(!covers(resource, '*'), resource)
  const not = { Effect: 'Allow', Action: '*', NotResource: key }
  assert.equal(decide(role, { identity: identity(not) }, { resource: '*' }), 'allowed identity')
})
test('a star runs across slashes and may be empty; a question mark is exactly one character', () => {
  const pattern = `${bucket}/*/test/*`
  for (const tail of ['1/2/test/x', '/test/x', '1/test/', '1/test/test/2'])
    assert.ok(covers(pattern, `${bucket}/${tail}`), tail)
  for (const tail of ['test/x', '1/test', '1/Test/x']) assert.ok(!covers(pattern, `${bucket}/${tail}`), tail)
  assert.ok(covers(`${bucket}/a?c`, `${bucket}/abc`))
  assert.ok(!covers(`${bucket}/a?c`, `${bucket}/ac`))
  assert.ok(covers(`${bucket}/*?b*c?`, `${bucket}/aabbcd`))
})
test('the sixth part of an ARN takes the rest, colons too', () => {
  assert.ok(covers('arn:aws:sqs:*:*:q', `arn:aws:sqs:us-east-1:${account}:q`))
  assert.ok(!covers('arn:aws:sqs:*::q', `arn:aws:sqs:us-east-1:${account}:q`))
  assert.ok(covers('arn:aws:lambda:us-east-1:*:function:*', `arn:aws:lambda:us-east-1:${account}:function:f:alias`))
})
test('many stars cannot make a match slow: a match does a bounded amount of work', () => {
  const pattern = `${bucket}/${'*a'.repeat(500)}*b`
  assert.ok(!covers(pattern, `${bucket}/${'a'.repeat(1024)}`))
  assert.ok(covers(pattern, `${bucket}/${'a'.repeat(1023)}b`))
})

// ---- section: conditions

/** operator, policy values, request values that satisfy it, request values that do not. The negated twin is tested along. */
const operators: readonly [
  operator: string,
  negated: string | undefined,
  wanted: unknown,
  yes: string[],
  no: string[],
][] = [
  ['StringEquals', 'StringNotEquals', ['a', 'b*'], ['a', 'b*'], ['A', 'bc', '']],
  ['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'aB', ['ab', 'AB'], ['abc']],
  ['StringLike', 'StringNotLike', ['a*', 'x?z'], ['a', 'abc', 'xyz'], ['A', 'xz', '']],
  ['StringLike', 'StringNotLike', '', [''], ['a']],
  ['NumericEquals', 'NumericNotEquals', 10, ['10', '10.0', '+10', '010'], ['10.1', 'ten', '']],
  ['NumericLessThan', undefined, '10', ['9.9', '-11'], ['10', '11', 'x']],
  ['NumericLessThanEquals', undefined, '10', ['10', '9'], ['10.01', 'x']],
  ['NumericGreaterThan', undefined, '10', ['10.1'], ['10', 'x']],
  ['NumericGreaterThanEquals', undefined, '10', ['10'], ['9', '0x20']],
  [
    'DateEquals',
    'DateNotEquals',
    '2026-01-01',
    ['2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00', '1767225600', '2026'],
    ['2026-01-02', 'x'],
  ],
  [
    'DateLessThan',
    undefined,
    '2026-01-01T00:00:00Z',
    ['2025-12-31T23:59:59.9Z', '1767225599'],
    ['2026-01-01', '1767225600', 'x'],
  ],
  ['DateLessThanEquals', undefined, '1767225600', ['2026-01-01T00:00:00Z'], ['2026-01-01T00:00:01Z']],
  ['DateGreaterThan', undefined, '2026-01', ['2026-01-01T00:00:01Z'], ['2026-01-01T00:00Z', '']],
  ['DateGreaterThanEquals', undefined, '2026-01-01', ['2026-01-01', '2026-02'], ['2025-12-31']],
  ['Bool', undefined, true, ['true', 'True'], ['false', '', '1']],
  ['BinaryEquals', undefined, 'aGVsbG8=', ['aGVsbG8=', 'aGVsbG8'], ['aGVsbHA=', 'aGVsbG8!', '']],
  [
    'IpAddress',
    'NotIpAddress',
    ['192.0.2.0/24', '203.0.113.7'],
    ['192.0.2.255', '203.0.113.7', '::ffff:192.0.2.1', '::ffff:c000:201'],
    ['192.0.3.0', '203.0.113.8', '2001:db8::1', '192.0.2.1/32', '192.0.2', ''],
  ],
  [
    'IpAddress',
    'NotIpAddress',
    '2001:db8:0:8000::/49',
    ['2001:db8:0:8000::', '2001:DB8:0:ffff::1'],
    ['2001:db8:0:7fff::1', '2001:db8:1::', '32.1.13.184', 'fe80::1%eth0'],
  ],
  ['IpAddress', 'NotIpAddress', '0.0.0.0/0', ['255.1.2.3', '0.0.0.0'], ['::1', '2001:db8::']],
  ['IpAddress', 'NotIpAddress', '::ffff:10.0.0.0/104', ['10.1.2.3'], ['11.0.0.0']],
  ['IpAddress', 'NotIpAddress', '2001:db8::1', ['2001:db8:0:0::1'], ['2001:db8::2']],
  [
    'ArnLike',
    'ArnNotLike',
    'arn:aws:iam::*:role/app/*',
    [`arn:aws:iam::${account}:role/app/x:y`],
    ['arn:aws:iam:x:1:2:role/app/x', 'arn:AWS:iam::1:role/app/x', 'x', ''],
  ],
  [
    'ArnLike',
    'ArnNotLike',
    'arn:aws:lambda:*:1:function:f*',
    ['arn:aws:lambda:us-east-1:1:function:f:v'],
    ['arn:aws:lambda:us-east-1:1:f'],
  ],
  ['ArnLike', 'ArnNotLike', '*', ['arn:aws:s3:::b', 'no ARN'], []],
  ['ArnEquals', 'ArnNotEquals', 'arn:aws:sns:*:1:t?', ['arn:aws:sns:us-east-1:1:t1'], ['arn:aws:sns:us-east-1:1:t']],
]
for (const [operator, negated, wanted, yes, no] of operators) {
  test(`${operator} ${JSON.stringify(wanted)}${negated ? ` and ${negated}` : ''}`, () => {
    for (const [values, expected] of [
      [yes, true],
      [no, false],
    ] as const) {
      for (const value of values) {
        const shown = `${operator} ${value}`
        assert.equal(holds({ [operator]: { 'a:K': wanted } }, { 'A:k': value }), expected, shown)
        if (negated) assert.equal(holds({ [negated]: { 'a:K': wanted } }, { 'A:k': value }), !expected, `not ${shown}`)
      }
    }
  })
}
test('an absent key fails a positive operator and satisfies a negated one; IfExists is satisfied by it always', () => {
  for (const [operator, negated, wanted] of operators) {
    assert.equal(holds({ [operator]: { 'a:k': wanted } }, {}), false, operator)
    assert.equal(holds({ [`${operator}IfExists`]: { 'a:k': wanted } }, {}), true, operator)
    assert.equal(holds({ [`ForAnyValue:${operator}IfExists`]: { 'a:k': wanted } }, {}), true, operator)
    assert.equal(holds({ [`ForAllValues:${operator}`]: { 'a:k': wanted } }, {}), true, operator)
    assert.equal(holds({ [`ForAnyValue:${operator}`]: { 'a:k': wanted } }, {}), false, operator)
    if (!negated) continue
    assert.equal(holds({ [negated]: { 'a:k': wanted } }, {}), true, negated)
    assert.equal(holds({ [`ForAnyValue:${negated}`]: { 'a:k': wanted } }, {}), false, negated)
  }
})
test('all operators and keys must hold, one value of a key is enough', () => {
  const Condition = { StringEquals: { 'a:x': ['1', '2'], 'a:y': '3' }, Bool: { 'a:z': 'true' } }
  assert.ok(holds(Condition, { 'a:x': '2', 'a:y': '3', 'a:z': true }))
  assert.ok(!holds(Condition, { 'a:x': '2', 'a:y': '4', 'a:z': true }))
  assert.ok(!holds(Condition, { 'a:x': '2', 'a:y': '3', 'a:z': false }))
})
test('the set qualifiers over several values', () => {
  const set = (operator: string, actual: readonly string[]) =>
    holds({ [operator]: { 'a:k': ['x', 'y'] } }, { 'a:k': actual })
  const rows: [operator: string, actual: string[], expected: boolean][] = [
    ['ForAllValues:StringEquals', ['x', 'y'], true],
    ['ForAllValues:StringEquals', ['x', 'z'], false],
    ['ForAllValues:StringEquals', [], true],
    ['ForAllValues:StringNotEquals', ['z'], true],
    ['ForAllValues:StringNotEquals', ['z', 'x'], false],
    ['ForAnyValue:StringEquals', ['z', 'x'], true],
    ['ForAnyValue:StringEquals', ['z'], false],
    ['ForAnyValue:StringEquals', [], false],
    ['ForAnyValue:StringNotEquals', ['x', 'z'], true],
    ['ForAnyValue:StringNotEquals', ['x', 'y'], false],
    ['ForAnyValue:StringNotEquals', [], false],
  ]
  for (const [operator, actual, expected] of rows)
    assert.equal(set(operator, actual), expected, `${operator} ${actual}`)
})
test('a set qualifier takes a single value for a set of one', () => {
  assert.ok(holds({ 'ForAnyValue:StringEquals': { 'a:k': 'x' } }, { 'a:k': 'x' }))
  assert.ok(!holds({ 'ForAllValues:StringEquals': { 'a:k': 'x' } }, { 'a:k': 'y' }))
})
test('without set qualifier several values support an Allow only if all fit, and a Deny if one does', () => {
  const Condition = { StringEquals: { 'a:k': 'x' } }
  const entries = { 'a:k': ['x', 'z'] }
  assert.equal(holds(Condition, entries), false)
  assert.equal(holds(Condition, { 'a:k': ['x'] }), true)
  const denied = decide(
    role,
    { identity: identity(everything, { ...everything, Effect: 'Deny', Condition }) },
    { entries },
  )
  assert.equal(denied, 'explicitDeny identity')
})
test('an IPv6 address cannot slip past a Deny by being written as mapped IPv4', () => {
  const deny = { ...everything, Effect: 'Deny', Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }
  const entries = { 'aws:SourceIp': '0:0:0:0:0:ffff:192.0.2.9' }
  assert.equal(decide(role, { identity: identity(everything, deny) }, { entries }), 'explicitDeny identity')
})

test('tags whose keys differ in letter case only cannot hide one another', () => {
  const Condition = { StringEquals: { 's3:RequestObjectTag/secret': 'yes' } }
  const deny = { ...everything, Effect: 'Deny', Condition }
  for (const order of [
    ['yes', 'no'],
    ['no', 'yes'],
  ] as const) {
    const entries = { 's3:RequestObjectTag/secret': order[0], 's3:RequestObjectTag/Secret': order[1] }
    assert.equal(decide(role, { identity: identity(everything, deny) }, { entries }), 'explicitDeny identity')
    assert.equal(holds(Condition, entries), false)
  }
})
test('a policy compiled without principals grants nobody anything when it is taken for a resource policy', () => {
  assert.equal(decide(role, { resource: policy('identity', everything) }), 'implicitDeny identity')
  assert.equal(decide(anonymous, { resource: policy('identity', everything) }), 'implicitDeny resource')
})

// ---- section: variables

test('a variable stands for a single value of the request, in resources after the fifth colon', () => {
  const pattern = `${bucket}/\${cognito-identity.amazonaws.com:SUB}/*`
  const entries = { 'cognito-identity.amazonaws.com:sub': sub }
  assert.ok(covers(pattern, `${bucket}/${sub}/x`, entries))
  assert.ok(!covers(pattern, `${bucket}/us-east-1:other/x`, entries))
  assert.ok(!covers(pattern, `${bucket}/\${cognito-identity.amazonaws.com:sub}/x`, entries))
  assert.ok(
    !covers('arn:aws:sqs:${aws:RequestedRegion}:1:q', 'arn:aws:sqs:us-east-1:1:q', {
      'aws:RequestedRegion': 'us-east-1',
    }),
  )
})
test('a wildcard inside the value of a variable is literal', () => {
  const entries = { 'aws:PrincipalTag/team': '*' }
  assert.ok(!covers(`${bucket}/\${aws:PrincipalTag/team}/*`, `${bucket}/other/x`, entries))
  assert.ok(covers(`${bucket}/\${aws:PrincipalTag/team}/*`, `${bucket}/*/x`, entries))
  assert.ok(covers(`${bucket}/*?\${aws:PrincipalTag/team}/*`, `${bucket}/ab*/x`, entries))
  assert.ok(!holds({ StringLike: { 'a:k': '${aws:PrincipalTag/team}' } }, { ...entries, 'a:k': 'x' }))
  assert.ok(
    !holds({ ArnLike: { 'a:k': 'arn:aws:s3:::${aws:PrincipalTag/team}' } }, { ...entries, 'a:k': 'arn:aws:s3:::x' }),
  )
})
test('a value is not read for variables again', () => {
  const entries = { 'aws:PrincipalTag/a': '${aws:PrincipalTag/b}', 'aws:PrincipalTag/b': 'x', 'a:k': 'x' }
  assert.ok(!holds({ StringEquals: { 'a:k': '${aws:PrincipalTag/a}' } }, entries))
})
test('a variable without value matches nothing: its resource is not covered, positive conditions fail, negated ones hold', () => {
  assert.ok(!covers(`${bucket}/\${a:absent}*`, `${bucket}/`))
  assert.ok(covers([`${bucket}/\${a:absent}`, key], key))
  assert.ok(!holds({ StringEquals: { 'a:k': '${a:absent}' } }, { 'a:k': '' }))
  assert.ok(!holds({ StringLike: { 'a:k': '*${a:absent}*' } }, { 'a:k': 'x' }))
  assert.ok(holds({ StringNotEquals: { 'a:k': '${a:absent}' } }, { 'a:k': 'x' }))
  const not = { Effect: 'Allow', Action: '*', NotResource: `${bucket}/\${a:absent}` }
  assert.equal(decide(role, { identity: identity(not) }), 'allowed identity')
})
test('a multi-valued key cannot be a variable, not even through its default', () => {
  const entries = { 'aws:TagKeys': ['k'] }
  assert.ok(!covers(`${bucket}/\${aws:TagKeys}`, key, entries))
  assert.ok(!covers(`${bucket}/\${aws:TagKeys, 'k'}`, key, entries))
})
test('variables are known in ARN conditions, before their colons are counted', () => {
  const entries = { 'aws:PrincipalArn': role.roleArn!, 'a:k': role.roleArn! }
  assert.ok(holds({ ArnEquals: { 'a:k': '${aws:PrincipalArn}' } }, entries))
  assert.ok(
    holds(
      { StringEqualsIgnoreCase: { 'a:k': '${aws:PrincipalArn}' } },
      { ...entries, 'a:k': role.roleArn!.toUpperCase() },
    ),
  )
})
test('what is no variable stays literal', () => {
  assert.ok(covers(`${bucket}/\${a:b`, `${bucket}/\${a:b`))
  assert.ok(covers(`${bucket}/$5`, `${bucket}/$5`))
})

// ---- section: the seventeen cases of the reference

test('case 1: a role session without policies is denied implicitly', () => {
  assert.equal(decide(role, {}), 'implicitDeny identity')
})
test('case 2: a bucket policy for the role is limited by the session policy, one for the session is not', () => {
  assert.equal(decide(role, { resource: by(role.roleArn!), session }), 'implicitDeny session')
  assert.equal(decide(role, { resource: by(role.arn), session }), 'allowed resource')
})
test('case 3: a queue policy for a user overcomes the boundary, one for a role does not', () => {
  const queue = `arn:aws:sqs:us-east-1:${account}:q`
  const send = { action: 'sqs:SendMessage', resource: queue }
  const granting = (AWS: string) =>
    policy('resource', { Effect: 'Allow', Action: 'SQS:SendMessage', Resource: queue, Principal: { AWS } })
  const limit = policy('boundary', read)
  assert.equal(decide(user, { boundary: limit, resource: granting(user.arn) }, send), 'allowed resource')
  assert.equal(decide(role, { boundary: limit, resource: granting(role.roleArn!) }, send), 'implicitDeny boundary')
})
test('case 4: a Deny with StringNotEquals on an absent key denies', () => {
  const deny = { ...everything, Effect: 'Deny', Condition: { StringNotEquals: { 's3:x-amz-acl': 'private' } } }
  assert.equal(decide(role, { identity: identity(everything, deny) }), 'explicitDeny identity')
  assert.equal(
    decide(role, { identity: identity(everything, deny) }, { entries: { 's3:x-amz-acl': 'private' } }),
    'allowed identity',
  )
})
test('case 5: Null true wants the key absent, Null false present; an empty list is absent, an empty string present', () => {
  for (const [value, absent] of [
    [undefined, true],
    [[], true],
    ['', false],
    ['x', false],
    [['x'], false],
  ] as const) {
    assert.equal(holds({ Null: { 'a:k': 'true' } }, { 'a:k': value }), absent)
    assert.equal(holds({ Null: { 'a:k': false } }, { 'a:k': value }), !absent)
    assert.equal(holds({ Null: { 'a:k': ['true', 'false'] } }, { 'a:k': value }), true)
  }
})
test('case 6: ForAllValues with an absent key holds, in Allow as in Deny', () => {
  const Condition = { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['x'] } }
  assert.equal(decide(role, { identity: identity({ ...everything, Condition }) }), 'allowed identity')
  const deny = { ...everything, Effect: 'Deny', Condition }
  assert.equal(decide(role, { identity: identity(everything, deny) }), 'explicitDeny identity')
})
test('case 7: StringLikeIfExists holds without the key and compares with it', () => {
  const condition = { StringLikeIfExists: { 's3:prefix': 'a/*' } }
  assert.ok(holds(condition, {}))
  assert.ok(holds(condition, { 's3:prefix': 'a/b' }))
  assert.ok(!holds(condition, { 's3:prefix': 'b' }))
})
test('case 8: a star of StringLike crosses colons, one of ArnLike does not', () => {
  const entries = { 'aws:SourceArn': `arn:aws:sns:us-east-1:${account}:topic` }
  assert.ok(holds({ StringLike: { 'aws:SourceArn': 'arn:aws:sns:*:topic' } }, entries))
  assert.ok(!holds({ ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:topic' } }, entries))
  assert.ok(holds({ ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:*:topic' } }, entries))
})
for (const old of ['2008-10-17', undefined]) {
  test(`case 9: in a policy of version ${old ?? 'unstated'} a variable is literal text`, () => {
    const Statement = { ...read, Resource: `${bucket}/\${aws:username}` }
    const named = { id: 'p', label: 'p', policy: parsePolicy(JSON.stringify({ Version: old, Statement }), 'identity') }
    const entries = { 'aws:username': 'k' }
    assert.equal(decide(role, { identity: [named] }, { entries }), 'implicitDeny identity')
    const literal = { entries, resource: `${bucket}/\${aws:username}` }
    assert.equal(decide(role, { identity: [named] }, literal), 'allowed identity')
    const condition = { StringEquals: { 'a:k': '${aws:username}' } }
    assert.equal(holds(condition, { ...entries, 'a:k': 'k' }, old ? { Version: old } : {}), false)
  })
}
test('case 10: a default stands in for an absent tag, and only then', () => {
  const pattern = `${bucket}/\${aws:PrincipalTag/team, 'company-wide'}/*`
  assert.ok(covers(pattern, `${bucket}/company-wide/x`))
  assert.ok(covers(pattern, `${bucket}/red/x`, { 'aws:PrincipalTag/Team': 'red' }))
  assert.ok(!covers(pattern, `${bucket}/company-wide/x`, { 'aws:PrincipalTag/team': 'red' }))
})
test('case 11: ${*}, ${?} and ${$} are the characters themselves', () => {
  assert.ok(covers(`${bucket}/\${*}\${?}\${$}`, `${bucket}/*?$`))
  assert.ok(!covers(`${bucket}/\${*}\${?}\${$}`, `${bucket}/ab$`))
  assert.ok(holds({ StringLike: { 'a:k': '${*}*' } }, { 'a:k': '*x' }))
  assert.ok(holds({ StringEquals: { 'a:k': '${?}' } }, { 'a:k': '?' }))
})
test('case 12: a bucket of another account with only a bucket policy is denied', () => {
  assert.equal(decide(role, { resource: by(role.arn) }, { resourceAccount: foreign }), 'implicitDeny identity')
})
test('case 13: NotAction and NotResource with Deny spare what they list', () => {
  const deny = { Effect: 'Deny', NotAction: ['s3:Get*', 'sqs:*'], NotResource: [`${bucket}/open/*`] }
  const policies = { identity: identity(everything, deny) }
  assert.equal(decide(role, policies), 'allowed identity')
  assert.equal(decide(role, policies, { action: 's3:PutObject' }), 'explicitDeny identity')
  assert.equal(decide(role, policies, { action: 's3:PutObject', resource: `${bucket}/open/x` }), 'allowed identity')
  assert.equal(decide(role, policies, { action: 'iam:ListRoles', resource: '*' }), 'explicitDeny identity')
})
test('case 14: a federated user without session policy is denied, whatever the user may do', () => {
  assert.equal(decide(federated, { identity: identity(everything) }), 'implicitDeny session')
  assert.equal(
    decide(federated, { identity: identity(everything), session: [policy('session', read)] }),
    'allowed identity',
  )
})
test('case 15: a guest session may use s3, which role and list allow, and not ec2, which the role alone allows', () => {
  const inline = policy('session', { Effect: 'Allow', Action: ['s3:*', 'dynamodb:*'], Resource: '*' })
  const managed = policy('session', { Effect: 'Allow', Action: 'polly:*', Resource: '*' })
  const guest = {
    identity: identity({ Effect: 'Allow', Action: ['s3:*', 'ec2:*'], Resource: '*' }),
    session: [inline, managed],
  }
  assert.equal(decide(role, guest), 'allowed identity')
  assert.equal(decide(role, guest, { action: 'ec2:RunInstances', resource: '*' }), 'implicitDeny session')
  assert.equal(decide(role, guest, { action: 'polly:SynthesizeSpeech', resource: '*' }), 'implicitDeny identity')
})
test('case 16: an absent s3:prefix is not an empty one', () => {
  const condition = { StringEquals: { 's3:prefix': ['', 'home/'] } }
  assert.ok(holds(condition, { 's3:prefix': '' }))
  assert.ok(!holds(condition, {}))
})
test('case 17: actions match in any letter case, ARNs in their own only', () => {
  const policies = { identity: identity({ ...read, Action: 'S3:getobject' }) }
  assert.equal(decide(role, policies), 'allowed identity')
  assert.equal(decide(role, policies, { resource: 'arn:AWS:s3:::b/k' }), 'implicitDeny identity')
  assert.equal(decide(role, policies, { resource: 'arn:aws:s3:::B/k' }), 'implicitDeny identity')
})

// ---- section: what tutorials get wrong

const session1 = {
  'aws:userid': 'AROAEXAMPLE:CognitoIdentityCredentials',
  'cognito-identity.amazonaws.com:sub': sub,
  'cognito-identity.amazonaws.com:amr': ['authenticated', 'cognito-idp.us-east-1.amazonaws.com/us-east-1_x'],
  'aws:PrincipalTag/username': 'user-pool-sub',
}
test('trap: ${aws:username} has no value in a role session, so the resource matches nothing', () => {
  assert.ok(!covers(`${bucket}/\${aws:username}/*`, `${bucket}//x`, session1))
})
test('trap: ${aws:userid} gives all users of a role the same folder', () => {
  assert.ok(covers(`${bucket}/\${aws:userid}/*`, `${bucket}/AROAEXAMPLE:CognitoIdentityCredentials/x`, session1))
})
test('trap: the keys of Google, Facebook and Amazon have no value in sessions of an identity pool', () => {
  for (const name of ['www.amazon.com:user_id', 'graph.facebook.com:id', 'accounts.google.com:sub']) {
    assert.ok(!covers(`${bucket}/\${${name}}*`, `${bucket}/${sub}`, session1))
  }
})
test('trap: ${cognito-identity.amazonaws.com:sub} is the identity id; the sub of the user pool is a principal tag', () => {
  assert.ok(!covers(`${bucket}/\${cognito-identity.amazonaws.com:sub}/*`, `${bucket}/user-pool-sub/x`, session1))
  assert.ok(covers(`${bucket}/\${aws:PrincipalTag/username}/*`, `${bucket}/user-pool-sub/x`, session1))
})
test('trap: amr is no variable, and needs ForAnyValue', () => {
  const amr = 'cognito-identity.amazonaws.com:amr'
  assert.ok(!covers(`${bucket}/\${${amr}}/*`, `${bucket}/authenticated/x`, session1))
  assert.ok(!holds({ StringEquals: { [amr]: 'authenticated' } }, session1))
  assert.ok(holds({ 'ForAnyValue:StringEquals': { [amr]: 'authenticated' } }, session1))
})
test('trap: the sub of a user pool under cognito-idp has no value in sessions of an identity pool', () => {
  assert.ok(!covers(`${bucket}/\${cognito-idp.us-east-1.amazonaws.com/us-east-1_x:sub}*`, `${bucket}/x`, session1))
})
test('trap: ForAllValues on LeadingKeys lets Scan read the whole table, because Scan has no leading keys', () => {
  const table = `arn:aws:dynamodb:us-east-1:${account}:table/T`
  const Condition = {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['${cognito-identity.amazonaws.com:sub}'] },
  }
  const policies = { identity: identity({ Effect: 'Allow', Action: 'dynamodb:*', Resource: table, Condition }) }
  const may = (action: string, keys?: string[]) =>
    decide(role, policies, { action, resource: table, entries: { ...session1, 'dynamodb:LeadingKeys': keys } })
  assert.equal(may('dynamodb:GetItem', [sub]), 'allowed identity')
  assert.equal(may('dynamodb:GetItem', [sub, 'other']), 'implicitDeny identity')
  assert.equal(may('dynamodb:Scan'), 'allowed identity')
})
test('trap: ListBucket is about the bucket and object actions are about its objects', () => {
  assert.ok(!covers(`${bucket}/*`, bucket))
  assert.ok(!covers(bucket, key))
})
test('trap: a trust policy with sts:AssumeRole only, or with a Service principal, admits no web identity', () => {
  assert.equal(assume(token, trusting(cognito), undefined, { ...web, entries: pool }), 'implicitDeny trust')
  const asService = trusting({ Service: 'cognito-identity.amazonaws.com' }, { Action: web.action })
  assert.equal(assume(token, asService, undefined, { ...web, entries: pool }), 'implicitDeny trust')
})
test('trap: aud is the identity pool, not the user pool or the app client', () => {
  const entries = { ...pool, 'cognito-identity.amazonaws.com:aud': 'us-east-1_userpool' }
  assert.equal(assume(token, cognitoTrust, undefined, { ...web, entries }), 'implicitDeny trust')
})
