/** Which documents are refused, and in whose words. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AwsError } from '../../wire/errors.ts'
import { rememberCompiled } from './compiled.ts'
import { awsPrincipalsOf } from './grammar.ts'
import { positionAt, readJson } from './json.ts'
import { type ParseOptions, parsePolicy } from './parse.ts'
import type { PolicyKind } from './statement.ts'

const allow = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }
const trust = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::111122223333:root' },
  Action: 'sts:AssumeRole',
}
const bucket = { ...allow, Principal: '*' }
const version = '2012-10-17'
const documentOf = (...Statement: unknown[]) => JSON.stringify({ Version: version, Statement })

function refusal(text: string, kind: PolicyKind, options?: ParseOptions): AwsError {
  try {
    parsePolicy(text, kind, options)
  } catch (error) {
    assert.ok(error instanceof AwsError, String(error))
    return error
  }
  return assert.fail(`${text} was accepted`)
}

const vendorText = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
const trustText = 'AssumeRole policy may only specify STS AssumeRole actions.'
const federatedText = 'Federated principals must be valid domain names or SAML metadata ARNs'
const syntax = 'Syntax errors in policy.'
const legacy = 'The policy failed legacy parsing'

const malformed: readonly [rule: string, kind: PolicyKind, text: string, message: string][] = [
  ['no JSON in an identity policy', 'identity', '{', syntax],
  ['no JSON in a boundary', 'boundary', '', syntax],
  ['no JSON in a session policy', 'session', '{', 'This policy contains invalid Json'],
  ['no JSON in a trust policy', 'trust', '{,}', 'This policy contains invalid Json'],
  ['a repeated element', 'identity', '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}', syntax],
  [
    'a key repeated through an escape',
    'identity',
    '{"Statement":{"Effect":"Deny","Effec\\u0074":"Allow","Action":"*","Resource":"*"}}',
    syntax,
  ],
  ['a list at the top', 'identity', '[]', syntax],
  ['no statement', 'identity', '{"Version":"2012-10-17"}', syntax],
  ['an empty list of statements', 'identity', documentOf(), syntax],
  ['a statement that is no object', 'identity', documentOf('x'), syntax],
  ['an unknown top element', 'identity', JSON.stringify({ Version: version, Statement: [allow], Extra: 1 }), syntax],
  ['an unknown element', 'identity', documentOf({ ...allow, Actions: 'x' }), syntax],
  ['an element in the wrong letter case', 'identity', documentOf({ ...allow, effect: 'Allow' }), syntax],
  ['an unknown version', 'identity', JSON.stringify({ Version: '2020-01-01', Statement: [allow] }), syntax],
  [
    'an Id in an identity policy',
    'identity',
    JSON.stringify({ Id: 'x', Statement: [allow] }),
    'Has prohibited field Id',
  ],
  ['an unknown effect', 'identity', documentOf({ ...allow, Effect: 'Maybe' }), syntax],
  ['an effect in the wrong letter case', 'identity', documentOf({ ...allow, Effect: 'allow' }), legacy],
  ['a Sid with a blank', 'identity', documentOf({ ...allow, Sid: 'a b' }), syntax],
  [
    'two equal Sids',
    'identity',
    documentOf({ ...allow, Sid: 'a' }, { ...allow, Sid: 'a' }),
    'Statement IDs (SID) in a single policy must be unique.',
  ],
  ['no action', 'identity', documentOf({ Effect: 'Allow', Resource: '*' }), 'Policy statement must contain actions.'],
  [
    'an empty list of actions',
    'identity',
    documentOf({ ...allow, Action: [] }),
    'Policy statement must contain actions.',
  ],
  ['an action that is no string', 'identity', documentOf({ ...allow, Action: [5] }), syntax],
  ['Action beside NotAction', 'identity', documentOf({ ...allow, NotAction: 's3:*' }), syntax],
  ['an action without vendor', 'identity', documentOf({ ...allow, Action: 'GetObject' }), vendorText],
  [
    'an action with two colons',
    'identity',
    documentOf({ ...allow, Action: 'a:b:c' }),
    'Actions/Condition can contain only one colon.',
  ],
  [
    'a wildcard in a vendor',
    'identity',
    documentOf({ ...allow, Action: 's?:Get' }),
    'Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.',
  ],
  ['an impossible vendor', 'identity', documentOf({ ...allow, Action: 's_3:Get' }), 'Vendor s_3 is not valid'],
  ['an action without name', 'identity', documentOf({ ...allow, Action: 's3:' }), legacy],
  [
    'no resource',
    'identity',
    documentOf({ Effect: 'Allow', Action: 's3:*' }),
    'Policy statement must contain resources.',
  ],
  ['Resource beside NotResource', 'identity', documentOf({ ...allow, NotResource: '*' }), syntax],
  [
    'a resource that is no ARN',
    'identity',
    documentOf({ ...allow, Resource: 'bucket/*' }),
    'Resource bucket/* must be in ARN format or "*".',
  ],
  [
    'an unknown partition',
    'identity',
    documentOf({ ...allow, Resource: 'arn:AWS:s3:::b/*' }),
    'Partition "AWS" is not valid for resource "arn:AWS:s3:::b/*".',
  ],
  [
    'an unknown partition in a short ARN',
    'identity',
    documentOf({ ...allow, Resource: 'arn:x' }),
    'Partition "x" is not valid for resource "arn:x:*:*:*:*".',
  ],
  [
    'an ARN without a service',
    'identity',
    documentOf({ ...allow, Resource: 'arn:aws' }),
    'Resource vendor must be fully qualified and cannot contain regexes.',
  ],
  ['an ARN of too few parts', 'identity', documentOf({ ...allow, Resource: 'arn:aws:s3::b' }), legacy],
  ['a star for the service and all after it', 'identity', documentOf({ ...allow, Resource: 'arn:aws:*' }), legacy],
  [
    'a wildcard for the service',
    'identity',
    documentOf({ ...allow, Resource: 'arn:aws:*:::b' }),
    'Resource vendor must be fully qualified and cannot contain regexes.',
  ],
  ['a principal in an identity policy', 'identity', documentOf(bucket), 'Has prohibited field Principal'],
  [
    'a principal in a session policy',
    'session',
    documentOf({ ...allow, NotPrincipal: '*' }),
    'Has prohibited field NotPrincipal',
  ],
  ['a condition that is no object', 'identity', documentOf({ ...allow, Condition: [] }), syntax],
  ['an unknown operator', 'identity', documentOf({ ...allow, Condition: { StringIs: { 'a:b': 'c' } } }), syntax],
  [
    'an operator in another letter case',
    'identity',
    documentOf({ ...allow, Condition: { stringEquals: { 'a:b': 'c' } } }),
    syntax,
  ],
  ['NullIfExists', 'identity', documentOf({ ...allow, Condition: { NullIfExists: { 'a:b': 'true' } } }), syntax],
  [
    'a set qualifier that does not exist',
    'identity',
    documentOf({ ...allow, Condition: { 'ForSome:StringLike': { 'a:b': 'c' } } }),
    syntax,
  ],
  [
    'a condition key without vendor',
    'identity',
    documentOf({ ...allow, Condition: { Bool: { MFA: true } } }),
    vendorText,
  ],
  [
    'a condition value that is an object',
    'identity',
    documentOf({ ...allow, Condition: { StringLike: { 'a:b': {} } } }),
    syntax,
  ],
  ['a number that is none', 'identity', documentOf({ ...allow, Condition: { NumericEquals: { 'a:b': 'x' } } }), legacy],
  [
    'a date that does not exist',
    'identity',
    documentOf({ ...allow, Condition: { DateEquals: { 'a:b': '2026-02-30' } } }),
    legacy,
  ],
  [
    'an address that is none',
    'identity',
    documentOf({ ...allow, Condition: { NotIpAddress: { 'a:b': '10.0.0.0/33' } } }),
    legacy,
  ],
  ['a variable in a Bool', 'identity', documentOf({ ...allow, Condition: { Bool: { 'a:b': '${a:c}' } } }), syntax],
  ['a character beyond U+00FF', 'identity', documentOf({ ...allow, Resource: 'arn:aws:s3:::b/\u4e00' }), syntax],
  ['a trust policy with a resource', 'trust', documentOf({ ...trust, Resource: '*' }), 'Has prohibited field Resource'],
  [
    'a trust policy with NotResource',
    'trust',
    documentOf({ ...trust, NotResource: '*' }),
    'AssumeRole policy must not contain resources.',
  ],
  [
    'a trust policy that allows with NotPrincipal',
    'trust',
    documentOf({ ...trust, NotPrincipal: '*' }),
    'Allow with NotPrincipal is not allowed.',
  ],
  [
    'a trust policy that denies with NotPrincipal',
    'trust',
    documentOf({ ...trust, Effect: 'Deny', NotPrincipal: '*' }),
    'AssumeRole policy must not contain NotPrincipal field.',
  ],
  ['a trust policy with another action', 'trust', documentOf({ ...trust, Action: 's3:GetObject' }), trustText],
  ['a trust policy with every action', 'trust', documentOf({ ...trust, Action: '*' }), trustText],
  [
    'a trust policy with another sts action',
    'trust',
    documentOf({ ...trust, Action: 'sts:GetCallerIdentity' }),
    trustText,
  ],
  [
    'a trust policy without principal',
    'trust',
    documentOf({ Effect: 'Allow', Action: 'sts:AssumeRole' }),
    'Missing required field Principal',
  ],
  [
    'a trust policy with an empty principal',
    'trust',
    documentOf({ ...trust, Principal: {} }),
    'Missing required field Principal cannot be empty!',
  ],
  ['a trust policy without action', 'trust', documentOf({ ...trust, Action: [] }), 'Missing required field Action'],
  [
    'a trust policy without effect',
    'trust',
    documentOf({ Principal: '*', Action: 'sts:AssumeRole' }),
    'Missing required field Effect',
  ],
  ['a trust policy with another effect', 'trust', documentOf({ ...trust, Effect: 'Maybe' }), 'Invalid effect: Maybe'],
  ['a trust policy without statements', 'trust', documentOf(), 'Could not parse the policy: Statement is empty!'],
  ['a bucket policy without Statement', 'resource', '{}', 'Missing required field Statement'],
  [
    'a bucket policy with a Sid twice',
    'resource',
    documentOf({ ...bucket, Sid: 'A' }, { ...bucket, Sid: 'A' }),
    'The Statement Ids in the policy are not unique',
  ],
  [
    'a partial wildcard in a principal',
    'trust',
    documentOf({ ...trust, Principal: { AWS: 'arn:aws:iam::111122223333:role/*' } }),
    'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/*"',
  ],
  [
    'a session principal without session',
    'trust',
    documentOf({ ...trust, Principal: { AWS: 'arn:aws:sts::111122223333:assumed-role/R' } }),
    'Invalid principal in policy: "AWS":"arn:aws:sts::111122223333:assumed-role/R"',
  ],
  [
    'a federated principal that is no domain',
    'trust',
    documentOf({ ...trust, Principal: { Federated: 'cognito' } }),
    federatedText,
  ],
  [
    'an unknown type of principal',
    'trust',
    documentOf({ ...trust, Principal: { User: 'x' } }),
    'Invalid principal in policy: "User":"x"',
  ],
  [
    'a bucket policy for a principal that is none',
    'resource',
    documentOf({ ...bucket, Principal: { AWS: 'bob' } }),
    'Invalid principal in policy',
  ],
  [
    'a bucket policy for a resource that is none',
    'resource',
    documentOf({ ...bucket, Resource: 'bucket' }),
    'Policy has invalid resource',
  ],
]
for (const [rule, kind, text, message] of malformed) {
  test(`refused: ${rule}`, () => {
    const error = refusal(text, kind)
    assert.deepEqual([error.code, error.status, error.message], ['MalformedPolicyDocument', 400, message])
  })
}

test('the caller may give the refusal its own code', () => {
  assert.equal(refusal('{', 'resource', { code: 'MalformedPolicy' }).code, 'MalformedPolicy')
})
test('a managed policy must be of version 2012-10-17, an inline one need not', () => {
  const old = JSON.stringify({ Version: '2008-10-17', Statement: allow })
  assert.equal(
    refusal(old, 'identity', { managed: true }).message,
    'Policy document must be version 2012-10-17 or greater.',
  )
  assert.equal(parsePolicy(old, 'identity').variables, false)
})

const accepted: readonly [rule: string, kind: PolicyKind, text: string][] = [
  ['a single statement without brackets and version', 'identity', JSON.stringify({ Statement: allow })],
  [
    'unquoted booleans and numbers',
    'identity',
    documentOf({ ...allow, Condition: { Bool: { 'a:b': false }, NumericEquals: { 'a:c': 1.5 } } }),
  ],
  [
    'a key such as __proto__ in a condition',
    'identity',
    '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a:__proto__":true}}}}',
  ],
  ['several empty Sids', 'identity', documentOf({ ...allow, Sid: '' }, { ...allow, Sid: '' })],
  ['a Sid with blanks in a bucket policy', 'resource', documentOf({ ...bucket, Sid: 'public read' })],
  ['an Id in a bucket policy', 'resource', JSON.stringify({ Id: 'x', Version: version, Statement: bucket })],
  ['a wildcard for partition, region and account', 'identity', documentOf({ ...allow, Resource: 'arn:*:sqs:*:*:q' })],
  [
    'sts:* and sts:TagSession in a trust policy',
    'trust',
    documentOf({ ...trust, Action: ['sts:*', 'sts:TagSession'] }),
  ],
  [
    'every form of AWS principal',
    'trust',
    documentOf({
      ...trust,
      Principal: {
        AWS: [
          '*',
          '111122223333',
          'AROAEXAMPLE',
          'arn:aws:iam::111122223333:role/a/b',
          'arn:aws:iam::111122223333:user/u',
          'arn:aws:sts::111122223333:assumed-role/R/s',
          'arn:aws:sts::111122223333:federated-user/f',
        ],
      },
    }),
  ],
  ['a service', 'trust', documentOf({ ...trust, Principal: { Service: ['cognito-sync.amazonaws.com'] } })],
  [
    'provider ARNs',
    'trust',
    documentOf({
      ...trust,
      Principal: {
        Federated: [
          'arn:aws:iam::111122223333:oidc-provider/id.example.com/pool',
          'arn:aws:iam::111122223333:saml-provider/Corp',
        ],
      },
    }),
  ],
]
test('a trust policy for the bare star is refused when it is saved, and read where it is stored', () => {
  const text = documentOf({ ...trust, Principal: '*' })
  const { message } = refusal(text, 'trust', { saving: true })
  assert.equal(message, 'AssumeRolepolicy contained an invalid principal: "STAR":"*".')
  parsePolicy(text, 'trust')
})

for (const [rule, kind, text] of accepted)
  test(`accepted: ${rule}`, () => void parsePolicy(text, kind, { saving: true }))

const cognito = {
  Effect: 'Allow',
  Principal: { Federated: 'cognito-identity.amazonaws.com' },
  Action: 'sts:AssumeRoleWithWebIdentity',
}
const aud = 'Cognito-Identity.amazonaws.com:aud'
const unbound: readonly [rule: string, statement: object][] = [
  ['without any condition', cognito],
  [
    'with a condition on amr only',
    { ...cognito, Condition: { 'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' } } },
  ],
  ['with a negated condition on aud', { ...cognito, Condition: { StringNotEquals: { [aud]: 'us-east-1:x' } } }],
  [
    'with a condition on aud that an absent key satisfies',
    { ...cognito, Condition: { StringEqualsIfExists: { [aud]: 'us-east-1:x' } } },
  ],
  [
    'with a condition on aud that everything satisfies',
    { ...cognito, Condition: { StringLike: { [aud]: ['us-east-1:x', '*'] } } },
  ],
  ['without condition and the action as a wildcard', { ...cognito, Action: 'sts:Assume*' }],
]
for (const [rule, statement] of unbound) {
  test(`a trust policy for Cognito identities ${rule} cannot be saved, but is evaluated where it is stored`, () => {
    assert.equal(refusal(documentOf(statement), 'trust', { saving: true }).code, 'MalformedPolicyDocument')
    assert.equal(parsePolicy(documentOf(statement), 'trust').allows.length, 1)
  })
}
test('a trust policy for Cognito identities that names the identity pool can be saved', () => {
  const text = documentOf({ ...cognito, Condition: { StringEquals: { [aud]: 'us-east-1:x' } } })
  assert.equal(parsePolicy(text, 'trust', { saving: true }).allows.length, 1)
})

const federated = (issuer: string, Condition?: object) =>
  documentOf({
    ...{ Effect: 'Allow', Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${issuer}` } },
    ...{ Action: 'sts:AssumeRoleWithWebIdentity', Condition },
  })
const github = 'token.actions.githubusercontent.com'
const sentinel = 'sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d/'
const shared: readonly [issuer: string, ...keys: string[]][] = [
  [github, `${github}:sub`, `${github}:job_workflow_ref`],
  [`${github}/Company`, `${github}/Company:sub`, `${github}/Company:job_workflow_ref`],
  ['gitlab.com', 'gitlab.com:sub'],
  ['app.terraform.io', 'app.terraform.io:sub'],
  ['api.pulumi.com/oidc', 'api.pulumi.com/oidc:aud'],
  ['oidc.vercel.com', 'oidc.vercel.com:aud'],
  [sentinel, 'sts:RoleSessionName'],
]
for (const [issuer, ...keys] of shared) {
  test(`a trust policy for ${issuer} must ask ${keys.join(' or ')} to be saved`, () => {
    const message = `Trust policy with trusted principal arn:aws:iam::111122223333:oidc-provider/${issuer} must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, ${keys.join(' or ')} which is not scoped to all.`
    const wrong = [
      undefined,
      { StringEquals: { [`${issuer}:amr`]: 'x' } },
      { StringLike: { [keys[0]!]: '*' } },
      { StringNotEquals: { [keys[0]!]: 'mine' } },
      { StringEqualsIfExists: { [keys[0]!]: 'mine' } },
      { 'ForAllValues:StringEquals': { [keys[0]!]: 'mine' } },
    ]
    for (const condition of wrong) {
      const document = federated(issuer, condition)
      assert.equal(refusal(document, 'trust', { saving: true }).message, message)
      assert.equal(parsePolicy(document, 'trust').allows.length, 1)
    }
    for (const key of keys)
      for (const operator of ['StringEquals', 'StringLike', 'StringEqualsIgnoreCase'])
        parsePolicy(federated(issuer, { [operator]: { [key]: 'mine' } }), 'trust', { saving: true })
  })
}
test('an issuer of one organisation, and a Deny for a shared one, need no condition', () => {
  for (const issuer of ['id.example.com', 'oidc.vercel.com/team', 'gitlab.example.com', `${github}.example.com`])
    parsePolicy(federated(issuer), 'trust', { saving: true })
  parsePolicy(federated('gitlab.com').replace('"Allow"', '"Deny"'), 'trust', { saving: true })
})

const fitting: readonly [action: string, resource: string | string[], fits: boolean][] = [
  ['s3:GetObject', 'arn:aws:s3:::b', false],
  ['s3:getobject', 'arn:aws:s3:::b', false],
  ['s3:PutObject*', 'arn:aws:s3:::b', false],
  ['s3:ListBucket', 'arn:aws:s3:::b/*', false],
  ['s3:PutLifecycleConfiguration', ['arn:aws:s3:::b/x', 'arn:aws:s3:::b/y'], false],
  ['s3:GetObject', ['arn:aws:s3:::b', 'arn:aws:s3:::b/*'], true],
  ['s3:GetObject', 'arn:aws:s3:::b*', true],
  ['s3:GetObject', 'arn:aws:s3:::b${aws:PrincipalTag/team}', true],
  ['s3:ListBucket', 'arn:aws:s3:::${aws:PrincipalTag/team}', true],
  ['s3:ListBucket', 'arn:aws:s3:::b', true],
  ['s3:Get*', 'arn:aws:s3:::b', true],
  ['s3:*', 'arn:aws:s3:::b/*', true],
  ['*', 'arn:aws:s3:::b', true],
  ['s3:GetObject', '*', true],
]
for (const [action, Resource, fits] of fitting) {
  test(`a bucket policy with ${action} on ${Resource} ${fits ? 'can' : 'cannot'} be saved`, () => {
    const document = documentOf({ ...bucket, Action: ['s3:*', action], Resource })
    parsePolicy(document, 'resource')
    if (fits) return void parsePolicy(document, 'resource', { saving: true })
    const { message } = refusal(document, 'resource', { saving: true })
    assert.equal(message, 'Action does not apply to any resource(s) in statement')
  })
}
test('what NotAction and NotResource leave is not judged', () => {
  parsePolicy(documentOf({ ...bucket, Resource: undefined, NotResource: 'arn:aws:s3:::b' }), 'resource', {
    saving: true,
  })
  const { Action: _, ...rest } = bucket
  parsePolicy(documentOf({ ...rest, NotAction: 's3:GetObject', Resource: 'arn:aws:s3:::b' }), 'resource', {
    saving: true,
  })
})

const iamPathText =
  'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.'
const arns: readonly [resource: string, message?: string][] = [
  ['arn:aws:s3:us-east-1::b', 'Resource arn:aws:s3:us-east-1::b can not contain region information.'],
  ['arn:aws:s3:us-*:111122223333:b/*', 'Resource arn:aws:s3:us-*:111122223333:b/* can not contain region information.'],
  [
    'arn:aws:iam:us-east-1:111122223333:role/R',
    'IAM resource arn:aws:iam:us-east-1:111122223333:role/R cannot contain region information.',
  ],
  ['arn:aws:iam:::b', iamPathText],
  ['arn:aws:iam::111122223333:*-Sensitive', iamPathText],
  ['arn:aws:iam::111122223333:rolle/R', iamPathText],
  ['arn:aws:s3:us-east-1:111122223333:accesspoint/a/object/*'],
  ['arn:aws:s3:*:*:job/*'],
  ['arn:aws:s3:*:*:*'],
  ['arn:aws:s3:::b'],
  ['arn:aws:iam:*:*:role/R'],
  ['arn:aws:iam::111122223333:root'],
  ['arn:aws:iam::111122223333:*'],
  ['arn:aws:iam::*'],
  ['arn:aws:iam::111122223333:delegation-request/*'],
  ['arn:aws:iam::aws:policy/*'],
]
for (const [Resource, message] of arns) {
  for (const kind of ['identity', 'session'] as const) {
    test(`the resource ${Resource} ${message ? 'cannot' : 'can'} be saved in a policy of kind ${kind}`, () => {
      const document = documentOf({ ...allow, Resource: ['*', Resource] })
      parsePolicy(document, kind)
      if (message) assert.equal(refusal(document, kind, { saving: true }).message, message)
      else parsePolicy(document, kind, { saving: true })
    })
  }
}

test('the AWS principals of a document can be listed, so that the caller can check that they exist', () => {
  const arn = 'arn:aws:iam::111122223333:role/R'
  const policy = parsePolicy(
    documentOf({ ...trust, Principal: { AWS: [arn, '111122223333', '*'] } }, { ...trust, Principal: { AWS: arn } }),
    'trust',
  )
  assert.deepEqual(awsPrincipalsOf(policy), [arn])
})

test('a statement knows where it stands in the text', () => {
  const text = `{\n  "Statement": [\n    ${JSON.stringify(allow)}\n  ]\n}`
  const [start, end] = parsePolicy(text, 'identity').statements[0]!.span
  assert.equal(text.slice(start, end), JSON.stringify(allow))
  assert.deepEqual(positionAt(text, start), { line: 3, column: 5 })
})

test('nesting has a limit, so that no document exhausts the stack', () => {
  assert.equal(readJson('['.repeat(100_000)), undefined)
  assert.equal(refusal('{"Statement":'.repeat(50_000), 'identity').message, syntax)
})

const plain = (value: unknown): unknown =>
  value instanceof Map
    ? Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]))
    : Array.isArray(value)
      ? value.map(plain)
      : value
test('the JSON reader reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom(undefined, 1, 2), (text, indent) => {
      const spaced = JSON.stringify(JSON.parse(text), undefined, indent)
      assert.deepEqual(JSON.stringify(plain(readJson(spaced)!.value)), JSON.stringify(JSON.parse(spaced)))
    }),
    { numRuns: 1000 },
  )
})
test('the JSON reader refuses what JSON.parse refuses', () => {
  const damaged = fc
    .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.constantFrom('', '"', ',', '{', '}', '\\', '\n', '0', 'e', '-', '.'))
    .map(([text, at, char]) => text.slice(0, at % text.length) + char + text.slice((at % text.length) + 1))
  fc.assert(
    fc.property(damaged, (text) => {
      let valid = true
      try {
        JSON.parse(text)
      } catch {
        valid = false
      }
      if (!valid) assert.equal(readJson(text), undefined)
    }),
    { numRuns: 3000 },
  )
})

const kinds = fc.constantFrom<PolicyKind>('identity', 'resource', 'trust', 'session', 'boundary')
const neverCrashes = (text: string, kind: PolicyKind) => {
  try {
    parsePolicy(text, kind, { saving: true })
  } catch (error) {
    assert.ok(error instanceof AwsError, String(error))
  }
}
test('arbitrary JSON and arbitrary text are refused with an AwsError and nothing else', () => {
  fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), kinds, neverCrashes), { numRuns: 2000 })
})
test('a document with any value in any place is compiled or refused with an AwsError', () => {
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('*', 's3:*', "arn:aws:s3:::b/${a:b, 'c'}", 'Allow', 'Deny', '2012-10-17', '${', '${a:b', '::::::'),
    fc.dictionary(
      fc.constantFrom(
        'AWS',
        'Federated',
        'StringLike',
        'Null',
        'ForAllValues:Bool',
        'IpAddress',
        'DateEquals',
        '__proto__',
      ),
      fc.oneof(fc.string(), fc.dictionary(fc.string(), fc.jsonValue())),
    ),
  )
  const element = fc.constantFrom(
    'Sid',
    'Effect',
    'Principal',
    'NotPrincipal',
    'Action',
    'NotAction',
    'Resource',
    'NotResource',
    'Condition',
  )
  const statement = fc
    .tuple(fc.constantFrom(allow, trust, bucket), fc.dictionary(element, odd, { maxKeys: 3 }))
    .map(([base, more]) => ({ ...base, ...more }))
  const document = fc.oneof(
    odd,
    fc.record({ Version: fc.constantFrom('2008-10-17', '2012-10-17'), Statement: fc.oneof(odd, fc.array(statement)) }),
  )
  fc.assert(
    fc.property(document, kinds, (value, kind) => neverCrashes(JSON.stringify(value), kind)),
    { numRuns: 5000 },
  )
})

test('a document is compiled once per kind, and the least recently used is forgotten when the texts grow too long', () => {
  const texts = ['a', 'b', 'c'].map((Sid) => documentOf({ ...allow, Sid }))
  const compiled = rememberCompiled(texts[0]!.length * 2)
  const [first, second] = texts.slice(0, 2).map((text) => compiled(text, 'identity'))
  assert.equal(compiled(texts[0]!, 'identity'), first)
  assert.notEqual(compiled(texts[0]!, 'session'), first)
  compiled(texts[2]!, 'identity')
  assert.equal(compiled(texts[0]!, 'identity'), first)
  assert.notEqual(compiled(texts[1]!, 'identity'), second)
})
test('a refused document is refused again', () => {
  const compiled = rememberCompiled(1000)
  for (let turn = 0; turn < 2; turn++) assert.throws(() => compiled('{', 'identity'), AwsError)
})
