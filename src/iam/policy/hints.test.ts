import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hintsFor, type Whose } from './hints.ts'
import { lintPolicy } from './lint.ts'
import { parsePolicy } from './parse.ts'
import type { PolicyKind } from './statement.ts'

const cognito = 'cognito-identity.amazonaws.com'
const pool = 'us-east-1:7b8f9a10-1111-2222-3333-444455556666'
const anywhere = 'rolesanywhere.amazonaws.com'
const anchor = 'arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/3b1d8e2c-0000-4000-8000-000000000000'
const provider = 'arn:aws:iam::000000000000:oidc-provider/id.example.com'
const gitlab = 'arn:aws:iam::000000000000:oidc-provider/gitlab.com'

const text = (statement: object, Version: string | undefined = '2012-10-17') =>
  JSON.stringify({ ...(Version && { Version }), Statement: { Effect: 'Allow', ...statement } })
const rulesOf = (document: string, kind: PolicyKind = 'identity', whose: Whose = 'role') =>
  hintsFor(parsePolicy(document, kind), whose).map(({ rule }) => rule)

const s3 = (Resource: string, Action = 's3:GetObject', more: object = {}) => text({ Action, Resource, ...more })
const trust = (Principal: object, Action: string | string[], Condition?: object) =>
  text({ Principal, Action, ...(Condition && { Condition }) })
const web = 'sts:AssumeRoleWithWebIdentity'
const audience = (value: string) => ({ StringEquals: { [`${cognito}:aud`]: value } })

type Row = readonly [rule: string, wrong: string, right: string, kind?: PolicyKind]

/** Each rule with a policy that it finds and a near one that it does not. */
const table: readonly Row[] = [
  [
    'variables-need-version',
    JSON.stringify({
      Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/${aws:userid}' },
    }),
    JSON.stringify({ Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/$x' } }),
  ],
  ['variable-without-value', s3('arn:aws:s3:::b/${aws:username}/*'), s3(`arn:aws:s3:::b/\${${cognito}:sub}/*`)],
  [
    'variable-without-value',
    s3('arn:aws:s3:::b/${www.amazon.com:user_id}/*'),
    s3('arn:aws:s3:::b/${aws:PrincipalTag/u}'),
  ],
  ['variable-same-for-all', s3('arn:aws:s3:::b/${aws:userid}/*'), s3('arn:aws:s3:::b/userid/*')],
  ['variable-of-many-values', s3(`arn:aws:s3:::b/\${${cognito}:amr}/*`), s3(`arn:aws:s3:::b/\${${cognito}:aud}/*`)],
  ['no-such-key', s3('arn:aws:s3:::b/${cognito-idp.amazonaws.com:sub}/*'), s3(`arn:aws:s3:::b/\${${cognito}:sub}/*`)],
  [
    'amr-needs-any',
    s3('*', 's3:GetObject', { Condition: { StringEquals: { [`${cognito}:amr`]: 'authenticated' } } }),
    s3('*', 's3:GetObject', { Condition: { 'ForAnyValue:StringEquals': { [`${cognito}:amr`]: 'authenticated' } } }),
  ],
  [
    'for-all-lets-absent-pass',
    text({
      Action: 'dynamodb:*',
      Resource: '*',
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['x'] } },
    }),
    text({
      Action: ['dynamodb:GetItem', 'dynamodb:Query'],
      Resource: '*',
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['x'] } },
    }),
  ],
  [
    'for-all-lets-absent-pass',
    s3('*', 's3:*', { Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['x'] } } }),
    s3('*', 's3:*', {
      Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['x'] }, Null: { 'aws:TagKeys': 'false' } },
    }),
  ],
  [
    'wildcard-is-literal',
    s3('*', 's3:ListBucket', { Condition: { StringEquals: { 's3:prefix': 'home/*' } } }),
    s3('*', 's3:ListBucket', { Condition: { StringLike: { 's3:prefix': 'home/*' } } }),
  ],
  ['bucket-is-no-object', s3('arn:aws:s3:::b'), s3('arn:aws:s3:::b*')],
  ['bucket-is-no-object', s3('arn:aws:s3:::b', 's3:PutObject*'), s3('arn:aws:s3:::${aws:PrincipalTag/b}', 's3:Put*')],
  ['object-is-no-bucket', s3('arn:aws:s3:::b/*', 's3:ListBucket'), s3('arn:aws:s3:::b', 's3:ListBucket')],
  [
    'object-is-no-bucket',
    s3('arn:aws:s3:::b/*', 's3:GetLifecycleConfiguration'),
    s3('arn:aws:s3:::${aws:PrincipalTag/b}', 's3:ListBucket'),
  ],
  ['bucket-has-no-place', s3('arn:aws:s3:us-east-1::b/*'), s3('arn:aws:s3:*:*:b/*')],
  ['bucket-has-no-place', s3('arn:aws:s3::111122223333:b/*'), s3('arn:aws:s3:us-east-1:1:accesspoint/a/object/*')],
  [
    'action-has-no-resource',
    text({ Action: 'cognito-idp:ListUserPools', Resource: 'arn:aws:cognito-idp:us-east-1:000000000000:userpool/x' }),
    text({ Action: 'cognito-idp:ListUserPools', Resource: '*' }),
  ],
  [
    'action-has-no-resource',
    text({ Action: 's3:ListAllMyBuckets', Resource: 'arn:aws:s3:::shelf' }),
    text({ Action: 's3:ListAllMyBuckets', Resource: 'arn:aws:s3:::*' }),
  ],
  [
    'allow-not-action',
    text({ NotAction: 'iam:*', Resource: '*' }),
    text({ Effect: 'Deny', NotAction: 's3:*', Resource: '*' }),
  ],
  [
    'trust-of-everyone',
    trust({ AWS: '*' }, 'sts:AssumeRole'),
    trust({ AWS: '*' }, 'sts:AssumeRole', { StringEquals: { 'sts:ExternalId': 'x' } }),
    'trust',
  ],
  [
    'web-identity-needs-audience',
    trust({ Federated: provider }, web),
    trust({ Federated: provider }, web, { StringEquals: { 'id.example.com:aud': 'app' } }),
    'trust',
  ],
  [
    'web-identity-needs-audience',
    trust({ Federated: gitlab }, web, { StringEquals: { 'gitlab.com:aud': 'sts.amazonaws.com' } }),
    trust({ Federated: gitlab }, web, { StringLike: { 'gitlab.com:sub': 'project_path:mine/*' } }),
    'trust',
  ],
  [
    'audience-is-no-identity-pool',
    trust({ Federated: cognito }, web, audience('us-east-1_AbCdEfGhI')),
    trust({ Federated: cognito }, web, audience(pool)),
    'trust',
  ],
  [
    'federated-needs-its-action',
    trust({ Federated: cognito }, 'sts:AssumeRole', audience(pool)),
    trust({ Federated: cognito }, web, audience(pool)),
    'trust',
  ],
  [
    'service-is-federated',
    trust({ Service: cognito }, 'sts:AssumeRole'),
    trust({ Service: 'cognito-sync.amazonaws.com' }, 'sts:AssumeRole'),
    'trust',
  ],
  [
    'certificates-need-an-anchor',
    trust({ Service: anywhere }, 'sts:AssumeRole', { StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'a' } }),
    trust({ Service: anywhere }, 'sts:AssumeRole', { ArnEquals: { 'aws:SourceArn': anchor } }),
    'trust',
  ],
]

for (const [rule, wrong, right, kind] of table) {
  test(`${rule} finds ${wrong}`, () => assert.ok(rulesOf(wrong, kind).includes(rule)))
  test(`${rule} finds nothing in ${right}`, () => assert.deepEqual(rulesOf(right, kind), []))
}

test('what has a value for users is no hint for them', () => {
  assert.deepEqual(rulesOf(s3('arn:aws:s3:::b/${aws:username}/*'), 'identity', 'user'), [])
})

test('a problem stands where its words stand', () => {
  const document = `{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": "sqs:*", "Resource": "*" },
    {
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::b"
    }
  ]
}`
  const [problem, ...more] = lintPolicy(document, 'identity')
  assert.deepEqual([problem?.level, problem?.line, problem?.column, more.length], ['warning', 8, 19, 0])
})

test('what could not be saved is an error, in the words of its refusal', () => {
  const rows: readonly [PolicyKind, string, RegExp][] = [
    ['trust', trust({ Federated: gitlab }, web), /must evaluate, .*, gitlab\.com:sub which is not scoped to all\.$/],
    ['resource', s3('arn:aws:s3:::b', 's3:GetObject', { Principal: '*' }), /^Action does not apply to any resource/],
    ['identity', s3('arn:aws:s3:us-east-1::b'), /can not contain region information\.$/],
  ]
  for (const [kind, document, sentence] of rows) {
    const problems = lintPolicy(document, kind)
    assert.deepEqual([problems.length, problems[0]?.level], [1, 'error'])
    assert.match(problems[0]?.sentence ?? '', sentence)
  }
})

test('a key that comes twice, and a document without statements, are errors at the beginning', () => {
  for (const document of ['{"Version":"2012-10-17","Version":"2012-10-17"}', '{}', '[]', '"x"', '7']) {
    const [problem] = lintPolicy(document, 'identity')
    assert.deepEqual([problem?.level, problem?.line, problem?.column], ['error', 1, 1], document)
  }
})
