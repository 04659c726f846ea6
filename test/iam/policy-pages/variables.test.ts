/** AWS: IAM User Guide, "IAM policy elements: Variables and tags". */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf } from '../../../src/iam/policy/context.ts'
import { parsePolicy } from '../../../src/iam/policy/parse.ts'
import { matchesConditions, matchesResource } from '../../../src/iam/policy/statement.ts'
import { account, anonymous, federated, page, role, root, user } from './examples.ts'

const [david, ann] = [user('David'), user('Ann')]
const shelf = 'arn:aws:s3:::shelf'
const folderOf = (name: string) => [
  {
    Action: ['s3:ListBucket'],
    Effect: 'Allow',
    Resource: [shelf],
    Condition: { StringLike: { 's3:prefix': [`${name}/*`] } },
  },
  { Action: ['s3:GetObject', 's3:PutObject'], Effect: 'Allow', Resource: [`${shelf}/${name}/*`] },
]
const inFolders = [
  { by: david, action: 's3:GetObject', on: `${shelf}/David/x`, gets: 'allowed' as const },
  { by: david, action: 's3:DeleteObject', on: `${shelf}/David/x`, gets: 'implicitDeny' as const },
  { by: david, action: 's3:PutObject', on: `${shelf}/Ann/x`, gets: 'implicitDeny' as const },
  {
    by: david,
    when: 'of the own folder',
    action: 's3:ListBucket',
    on: shelf,
    keys: { 's3:prefix': 'David/' },
    gets: 'allowed' as const,
  },
  {
    by: david,
    when: "of another's folder",
    action: 's3:ListBucket',
    on: shelf,
    keys: { 's3:prefix': 'Ann/' },
    gets: 'implicitDeny' as const,
  },
]

page('Variables and tags', [
  { shows: 'a folder by its name', identity: folderOf('David'), rows: inFolders },
  {
    shows: "a folder by its user's name, for a whole group",
    identity: folderOf('${aws:username}'),
    rows: [
      ...inFolders,
      { by: ann, action: 's3:PutObject', on: `${shelf}/Ann/x`, gets: 'allowed' },
      { by: role('R'), when: 'of a role', action: 's3:PutObject', on: `${shelf}/R/x`, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'own access keys, by name and by variable',
    identity: ['David', '${aws:username}'].map((name) => ({
      Action: ['iam:*AccessKey*'],
      Effect: 'Allow',
      Resource: [`arn:aws:iam::${account}:user/${name}`],
    })),
    rows: [
      { by: david, action: 'iam:UpdateAccessKey', on: david.arn, gets: 'allowed' },
      { by: ann, action: 'iam:UpdateAccessKey', on: ann.arn, gets: 'allowed' },
      { by: david, action: 'iam:UpdateAccessKey', on: ann.arn, gets: 'implicitDeny' },
      { by: david, action: 'iam:DeleteUser', on: david.arn, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'queues of the own name in one region',
    by: david,
    identity: [
      { Sid: 'List', Effect: 'Allow', Action: 'sqs:ListQueues', Resource: '*' },
      { Sid: 'Own', Effect: 'Allow', Action: 'sqs:*', Resource: 'arn:aws:sqs:us-east-2:*:${aws:username}-queue' },
    ],
    rows: [
      { action: 'sqs:ListQueues', gets: 'allowed' },
      { action: 'sqs:CreateQueue', on: `arn:aws:sqs:us-east-2:${account}:David-queue`, gets: 'allowed' },
      { action: 'sqs:CreateQueue', on: `arn:aws:sqs:us-east-2:${account}:Ann-queue`, gets: 'implicitDeny' },
      { action: 'sqs:CreateQueue', on: `arn:aws:sqs:us-east-1:${account}:David-queue`, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'a bucket folder by a tag of the user',
    identity: { Effect: 'Allow', Action: 's3:*', Resource: [`${shelf}/\${aws:PrincipalTag/department}`] },
    rows: [
      {
        by: user('a', { tags: { department: 'sales' } }),
        action: 's3:GetObject',
        on: `${shelf}/sales`,
        gets: 'allowed',
      },
      {
        by: user('a', { tags: { Department: 'sales' } }),
        action: 's3:PutObject',
        on: `${shelf}/sales`,
        gets: 'allowed',
      },
      {
        by: user('a', { tags: { department: 'hr' } }),
        action: 's3:GetObject',
        on: `${shelf}/sales`,
        gets: 'implicitDeny',
      },
      { by: ann, when: 'without the tag', action: 's3:GetObject', on: `${shelf}/`, gets: 'implicitDeny' },
    ],
  },
  {
    // The page's statement has no Resource, which its own grammar and S3 require.
    shows: 'a topic is managed by those whose endpoint has their name',
    by: david,
    identity: { Effect: 'Allow', Action: 'sns:*', Resource: '*' },
    resource: {
      Principal: { AWS: account },
      Effect: 'Allow',
      Action: 'sns:*',
      Resource: '*',
      Condition: {
        StringLike: { 'sns:endpoint': 'https://example.com/${aws:username}/' },
        StringEquals: { 'sns:Protocol': 'https' },
      },
    },
    rows: (
      [
        ['https://example.com/David/', 'https', 'allowed'],
        ['https://example.com/Ann/', 'https', 'implicitDeny'],
        ['https://example.com/David/', 'http', 'implicitDeny'],
      ] as const
    ).map(([endpoint, protocol, gets]) => ({
      when: `to ${endpoint} by ${protocol}`,
      action: 'sns:Subscribe',
      on: `arn:aws:sns:us-east-1:444455556666:t`,
      owner: '444455556666',
      keys: { 'sns:Endpoint': endpoint, 'sns:Protocol': protocol },
      gets,
    })),
  },
  {
    shows: 'users of one of two cost centres may be touched',
    identity: {
      Effect: 'Allow',
      Action: ['iam:*user*'],
      Resource: '*',
      Condition: { StringLike: { 'iam:ResourceTag/costCenter': ['12345', '67890'] } },
    },
    rows: [
      {
        when: 'of the first',
        action: 'iam:DeleteUser',
        keys: { 'iam:ResourceTag/costCenter': '12345' },
        gets: 'allowed',
      },
      {
        when: 'of the second',
        action: 'iam:GetUser',
        keys: { 'iam:ResourceTag/costCenter': '67890' },
        gets: 'allowed',
      },
      {
        when: 'without value',
        action: 'iam:GetUser',
        keys: { 'iam:ResourceTag/costCenter': '' },
        gets: 'implicitDeny',
      },
      { when: 'of none', action: 'iam:GetUser', gets: 'implicitDeny' },
      { when: 'of a third', action: 'iam:GetUser', keys: { 'iam:ResourceTag/costCenter': '1' }, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'a star, a question mark and a dollar are written as variables',
    identity: { Effect: 'Allow', Action: 's3:GetObject', Resource: `${shelf}/a\${*}b\${?}c\${$}d` },
    rows: [
      { action: 's3:GetObject', on: `${shelf}/a*b?c$d`, gets: 'allowed' },
      { action: 's3:GetObject', on: `${shelf}/axb?c$d`, gets: 'implicitDeny' },
      { action: 's3:GetObject', on: `${shelf}/a*bxc$d`, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'who has no id gets the default',
    resource: {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: `${shelf}/\${aws:userid, 'anonymous'}`,
    },
    rows: [
      { by: anonymous, action: 's3:GetObject', on: `${shelf}/anonymous`, gets: 'allowed' },
      { by: david, action: 's3:GetObject', on: `${shelf}/AIDADAVID`, gets: 'allowed' },
      { by: david, action: 's3:GetObject', on: `${shelf}/anonymous`, gets: 'implicitDeny' },
    ],
  },
])

// ---- section: the table "Principal key values": what each principal's name, id and type are

const named = (username: string, userid: string, type: string) => ({
  Effect: 'Allow',
  Action: 's3:*',
  Resource: '*',
  Principal: '*',
  Condition: {
    ...(username === '' ? { Null: { 'aws:username': true } } : {}),
    StringEquals: {
      ...(username !== '' && { 'aws:username': username }),
      ...(userid !== '' && { 'aws:userid': userid }),
      'aws:PrincipalType': type,
    },
  },
})
const principals = [
  ['a user', ann, 'Ann', 'AIDAANN', 'User'],
  ['a federated user', federated('guest', ann), '', `${account}:guest`, 'FederatedUser'],
  ['a session of a role', role('R', { session: 'ann' }), '', 'AROAR:ann', 'AssumedRole'],
  [
    'a session of a web identity',
    role('R', { session: 'app', provider: 'accounts.google.com' }),
    '',
    'AROAR:app',
    'AssumedRole',
  ],
  ['nobody', anonymous, '', '', 'Anonymous'],
] as const

page('Principal key values', [
  ...principals.map(([who, by, username, userid, type]) => ({
    shows: `those of ${who}`,
    resource: named(username, userid, type),
    rows: [{ by, action: 's3:GetObject', on: `${shelf}/x`, gets: 'allowed' as const }],
  })),
  {
    shows: 'those of root, seen by a Deny',
    by: root(),
    resource: { ...named('', account, 'Account'), Effect: 'Deny' },
    rows: [{ action: 's3:GetObject', on: `${shelf}/x`, gets: 'explicitDeny' }],
  },
  {
    shows: 'nobody has an id that a policy could ask for',
    by: anonymous,
    resource: {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:*',
      Resource: '*',
      Condition: { StringLike: { 'aws:userid': '*' } },
    },
    rows: [{ action: 's3:GetObject', on: `${shelf}/x`, gets: 'implicitDeny' }],
  },
])

// ---- section: variables where none are known

const parse = (statement: object, kind: 'identity' | 'resource' = 'identity') =>
  parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', ...statement } }), kind)
const entries = { 'aws:username': 'GetObject', 'aws:PrincipalTag/größe': 'XL', 'aws:PrincipalTag/a b': 'c' }

test('Variables and tags: a variable before the fifth colon, in an action or as a key is literal text', () => {
  const [head] = parse({ Action: '*', Resource: 'arn:aws:sqs:${aws:username}:1:q' }).statements
  assert.ok(!matchesResource(head!.resources, 'arn:aws:sqs:GetObject:1:q', contextOf(entries)))
  const { actions } = parse({ Action: 's3:${aws_username}', Resource: '*' }).statements[0]!
  assert.deepEqual([...actions.exact], ['s3:${aws_username}'])
  const asKey = parse({ Action: '*', Resource: '*', Condition: { StringEquals: { '${aws:username}': 'GetObject' } } })
  assert.equal(matchesConditions(asKey.statements[0]!, contextOf(entries)), false)
})

const refused = [
  [
    'a principal',
    { Action: '*', Resource: '*', Principal: { AWS: 'arn:aws:iam::1:user/${aws:username}*' } },
    'resource',
  ],
  ['an account', { Action: '*', Resource: '*', Principal: { AWS: '${aws:PrincipalAccount}' } }, 'resource'],
  ['a number', { Action: '*', Resource: '*', Condition: { NumericEquals: { 'a:b': '${a:c}' } } }, 'identity'],
  ['a date', { Action: '*', Resource: '*', Condition: { DateEquals: { 'a:b': '${aws:CurrentTime}' } } }, 'identity'],
  ['an address', { Action: '*', Resource: '*', Condition: { IpAddress: { 'a:b': '${aws:SourceIp}' } } }, 'identity'],
  ['bytes', { Action: '*', Resource: '*', Condition: { BinaryEquals: { 'a:b': '${a:c}' } } }, 'identity'],
  ['Null', { Action: '*', Resource: '*', Condition: { Null: { 'a:b': '${a:c}' } } }, 'identity'],
  ['a Sid', { Sid: '${aws:username}', Action: '*', Resource: '*' }, 'identity'],
] as const
for (const [place, statement, kind] of refused) {
  test(`Variables and tags: no variable stands for ${place}`, () => {
    assert.throws(() => parse(statement, kind), { code: 'MalformedPolicyDocument' })
  })
}

const folder = (template: string, resource: string, more: Parameters<typeof contextOf>[0] = entries) =>
  matchesResource(
    parse({ Action: '*', Resource: `arn:aws:s3:::b/${template}` }).statements[0]!.resources,
    `arn:aws:s3:::b/${resource}`,
    contextOf(more),
  )
const odd: readonly (readonly [what: string, template: string, resource: string, fits: boolean])[] = [
  ['a key with letters beyond ASCII, in any case', '${aws:principaltag/GRÖSSE}/x', 'XL/x', false],
  ['a key with letters beyond ASCII', '${aws:principaltag/GRÖßE}/x', 'XL/x', true],
  ['a key with a blank', '${aws:PrincipalTag/a b}', 'c', true],
  ['a percent-encoded key is another key', '${aws:PrincipalTag/a%20b}', 'c', false],
  ['a key written with an escape of JSON', '${aws:PrincipalTag/gr\u00f6\u00dfe}', 'XL', true],
  ['blanks around the key', '${ aws:username }', 'GetObject', true],
  ['an empty variable', '${}', '', false],
  ['a variable within a variable', '${aws:${aws:username}}', 'GetObject', false],
  ['a default without quotes', '${a:none, x}', 'x', false],
  ['an empty default', "${a:none, ''}y", 'y', true],
  ['a default with a star', "${a:none, '*'}", 'anything', false],
  ['a dollar alone', 'a$b', 'a$b', true],
  ['an open brace', '${aws:username', '${aws:username', true],
]
for (const [what, template, resource, fits] of odd) {
  test(`Variables and tags: ${what}: ${template} ${fits ? 'is' : 'is not'} ${resource || 'nothing'}`, () =>
    assert.equal(folder(template, resource), fits))
}

test('Variables and tags: an object key is compared as it is, not as it is encoded in an address', () => {
  assert.ok(folder('${a:k}/*', 'ü ö/a%2Fb', { 'a:k': 'ü ö' }))
  assert.ok(!folder('${a:k}/*', '%C3%BC%20%C3%B6/x', { 'a:k': 'ü ö' }))
  assert.ok(!folder('ab/*', 'a%62/x'))
})
