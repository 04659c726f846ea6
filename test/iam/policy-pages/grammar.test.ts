/** AWS: IAM User Guide, "Grammar of the IAM JSON policy language": what documents may look like. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePolicy } from '../../../src/iam/policy/parse.ts'
import type { PolicyKind } from '../../../src/iam/policy/statement.ts'

const plain = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }
const open = { ...plain, Principal: '*' }
const document = (statement: unknown, more: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', ...more, Statement: statement })
const canonical = '0123456789abcdef'.repeat(4)

type Case = readonly [what: string, kind: PolicyKind, text: string]
const valid: readonly Case[] = [
  [
    'blank space anywhere',
    'identity',
    ` {\n\t"Version" : "2012-10-17" ,\r\n "Statement" : [ ${JSON.stringify(plain)} ] } `,
  ],
  ['a statement without brackets', 'identity', document(plain)],
  ['several statements', 'identity', document([plain, plain])],
  ['no version', 'identity', JSON.stringify({ Statement: plain })],
  ['the older version', 'identity', document(plain, { Version: '2008-10-17' })],
  ['the version at the end', 'identity', `{"Statement":${JSON.stringify(plain)},"Version":"2012-10-17"}`],
  ['blocks in any order', 'identity', document({ Resource: ['*'], Sid: 'a', Action: ['*'], Effect: 'Deny' })],
  ['actions with and without brackets', 'identity', document([{ ...plain, Action: ['s3:Get*', 's3:List*'] }, plain])],
  ['all actions of a service', 'identity', document({ ...plain, Action: 'cloudformation:*' })],
  ['everything', 'identity', document({ ...plain, Action: '*' })],
  [
    'NotAction and NotResource',
    'identity',
    document({ Effect: 'Deny', NotAction: 'a:b', NotResource: 'arn:aws:iam::1:user/b' }),
  ],
  ['a Sid of digits', 'identity', document({ ...plain, Sid: '1' })],
  ['a Sid of words', 'identity', document({ ...plain, Sid: 'ThisStatementIsForTheConsole' })],
  [
    'a boolean without quotes',
    'identity',
    document({ ...plain, Condition: { Bool: { 'aws:SecureTransport': true } } }),
  ],
  ['a number without quotes', 'identity', document({ ...plain, Condition: { NumericEquals: { 's3:max-keys': 10 } } })],
  ['several values', 'identity', document({ ...plain, Condition: { StringEquals: { 'a:b': ['c', 'd'] } } })],
  [
    'several operators and keys',
    'identity',
    document({ ...plain, Condition: { StringEquals: { 'a:b': 'c', 'a:d': 'e' }, Null: { 'a:f': 'true' } } }),
  ],
  ['letters up to U+00FF', 'identity', document({ ...plain, Resource: 'arn:aws:s3:::b/größe-ÿ' })],
  ['an Id with blanks', 'resource', document(open, { Id: 'My policy 1' })],
  ['an Id like a uuid', 'resource', document(open, { Id: 'cd3ad3d9-2776-4ef1-a904-4c229d1642ee' })],
  ['a Sid with blanks in a bucket policy', 'resource', document({ ...open, Sid: 'Allow all of it.' })],
  ['everybody', 'resource', document(open)],
  [
    'principals of four types',
    'resource',
    document({
      ...plain,
      Principal: {
        AWS: ['123456789012', 'arn:aws:iam::123456789012:role/R'],
        Service: 'sns.amazonaws.com',
        Federated: 'accounts.google.com',
        CanonicalUser: [canonical],
      },
    }),
  ],
  ['NotPrincipal', 'resource', document({ ...plain, Effect: 'Deny', NotPrincipal: { AWS: '123456789012' } })],
  [
    'a trust policy',
    'trust',
    document({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }),
  ],
]
const refused: readonly Case[] = [
  ['a comma after the last', 'identity', `{"Statement":[${JSON.stringify(plain)},]}`],
  ['a key twice', 'identity', '{"Statement":{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}}'],
  [
    'an operator twice',
    'resource',
    `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"Null":{"a:b":true},"Null":{"a:c":true}}}}`,
  ],
  ['another version', 'identity', document(plain, { Version: '2020-01-01' })],
  ['no statement', 'identity', document([])],
  ['no effect', 'identity', document({ Action: '*', Resource: '*' })],
  ['an effect in small letters', 'identity', document({ ...plain, Effect: 'allow' })],
  ['neither Action nor NotAction', 'identity', document({ Effect: 'Allow', Resource: '*' })],
  ['both Action and NotAction', 'identity', document({ ...plain, NotAction: '*' })],
  ['neither Resource nor NotResource', 'identity', document({ Effect: 'Allow', Action: '*' })],
  ['both Resource and NotResource', 'identity', document({ ...plain, NotResource: '*' })],
  ['an Id in an identity policy', 'identity', document(plain, { Id: 'x' })],
  ['a principal in an identity policy', 'identity', document(open)],
  ['a Sid with blanks in an identity policy', 'identity', document({ ...plain, Sid: 'a b' })],
  [
    'a Sid twice',
    'identity',
    document([
      { ...plain, Sid: 'a' },
      { ...plain, Sid: 'a' },
    ]),
  ],
  ['a letter beyond U+00FF', 'identity', document({ ...plain, Resource: 'arn:aws:s3:::b/€' })],
  ['an element of no name that is known', 'identity', document({ ...plain, Comment: 'x' })],
  ['no principal in a bucket policy', 'resource', document(plain)],
  [
    'a star within a principal',
    'resource',
    document({ ...plain, Principal: { AWS: 'arn:aws:iam::123456789012:user/*' } }),
  ],
  [
    'all sessions of a role',
    'resource',
    document({ ...plain, Principal: { AWS: 'arn:aws:sts::123456789012:assumed-role/R/*' } }),
  ],
  [
    'a group as a principal',
    'resource',
    document({ ...plain, Principal: { AWS: 'arn:aws:iam::123456789012:group/G' } }),
  ],
  ['a principal of a fifth type', 'resource', document({ ...plain, Principal: { Human: 'x' } })],
  ['a resource in a trust policy', 'trust', document({ ...open, Action: 'sts:AssumeRole' })],
  ['a condition without operator', 'identity', document({ ...plain, Condition: { 'aws:SourceIp': '192.0.2.1' } })],
  ['an operator that there is not', 'identity', document({ ...plain, Condition: { StringMatches: { 'a:b': 'c' } } })],
  ['Null with IfExists', 'identity', document({ ...plain, Condition: { NullIfExists: { 'a:b': 'true' } } })],
]

for (const [what, kind, text] of valid) {
  test(`Grammar of the IAM JSON policy language: ${what} may be`, () =>
    assert.ok(parsePolicy(text, kind).statements.length))
}
for (const [what, kind, text] of refused) {
  test(`Grammar of the IAM JSON policy language: ${what} may not be`, () => {
    assert.throws(() => parsePolicy(text, kind), { code: 'MalformedPolicyDocument' })
  })
}
