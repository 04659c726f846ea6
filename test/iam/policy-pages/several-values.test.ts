/**
 * AWS: IAM User Guide, "Creating a condition with multiple keys or values", "Single-valued vs. multivalued context keys",
 * "Multivalued context key examples".
 */
import { account, page, type Row, user } from './examples.ts'

const table = `arn:aws:dynamodb:us-east-1:${account}:table/Thread`
const condition = (Effect: 'Allow' | 'Deny', action: string, Condition: object) => ({
  Effect,
  Action: `dynamodb:${action}`,
  Resource: 'arn:aws:dynamodb:*:*:table/Thread',
  Condition,
})
const asking = (action: string, gets: Row['gets'], ...names: string[]): Row => ({
  when: names.join(', ') || 'of nothing',
  action: `dynamodb:${action}`,
  on: table,
  ...(names.length > 0 && { keys: { 'dynamodb:Attributes': names } }),
  gets,
})
const at = (time: string, address: string, gets: Row['gets']): Row => ({
  when: `at ${time} from ${address}`,
  action: 'sqs:SendMessage',
  at: `2019-07-16T${time}Z`,
  facts: { address },
  gets,
})

page('Creating a condition with multiple keys or values', [
  {
    shows: 'a queue is open between two times from two ranges: the operators are all needed, of the values one',
    by: user('john'),
    identity: {
      Effect: 'Allow',
      Action: 'sqs:*',
      Resource: '*',
      Condition: {
        DateGreaterThan: { 'aws:CurrentTime': '2019-07-16T12:00:00Z' },
        DateLessThan: { 'aws:CurrentTime': '2019-07-16T15:00:00Z' },
        IpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '203.0.113.0/24'] },
      },
    },
    rows: [
      at('13:00:00', '192.0.2.9', 'allowed'),
      at('13:00:00', '203.0.113.9', 'allowed'),
      at('13:00:00', '198.51.100.9', 'implicitDeny'),
      at('12:00:00', '192.0.2.9', 'implicitDeny'),
      at('15:00:00', '192.0.2.9', 'implicitDeny'),
    ],
  },
  {
    shows: 'one number is A or B and another is C, and only after a day',
    identity: {
      Effect: 'Allow',
      Action: 'some:*',
      Resource: '*',
      Condition: {
        NumericEquals: { 'some:foo': ['1', '2'], 'some:bar': '3' },
        DateGreaterThan: { 'aws:CurrentTime': '2019-01-01' },
      },
    },
    rows: [
      { when: 'A and C', action: 'some:Do', keys: { 'some:foo': '1', 'some:bar': '3' }, gets: 'allowed' },
      { when: 'B and C', action: 'some:Do', keys: { 'some:foo': '2', 'some:bar': '3' }, gets: 'allowed' },
      { when: 'A and D', action: 'some:Do', keys: { 'some:foo': '1', 'some:bar': '4' }, gets: 'implicitDeny' },
      { when: 'A alone', action: 'some:Do', keys: { 'some:foo': '1' }, gets: 'implicitDeny' },
      {
        when: 'A and C too early',
        action: 'some:Do',
        keys: { 'some:foo': '1', 'some:bar': '3' },
        at: '2018-12-31T23:59:59Z',
        gets: 'implicitDeny',
      },
    ],
  },
  {
    shows: 'ForAllValues allows the attributes that are listed',
    identity: condition('Allow', 'GetItem', {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['ID', 'Message', 'Tags'] },
    }),
    rows: [
      asking('GetItem', 'allowed', 'ID', 'Message', 'Tags'),
      asking('GetItem', 'allowed', 'Message', 'Tags'),
      asking('GetItem', 'implicitDeny', 'ID', 'UserName'),
      asking('GetItem', 'allowed'),
      { ...asking('GetItem', 'allowed', ''), when: 'with an empty text' },
    ],
  },
  {
    shows: 'ForAllValues fails if one of two attributes is not listed',
    identity: condition('Allow', 'GetItem', {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['PostDateTime', 'Message', 'Tags'] },
    }),
    rows: [asking('GetItem', 'implicitDeny', 'PostDateTime', 'UserName'), asking('GetItem', 'allowed', 'PostDateTime')],
  },
  {
    shows: 'ForAnyValue denies if one attribute is listed',
    identity: [
      { Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' },
      condition('Deny', 'PutItem', {
        'ForAnyValue:StringEquals': { 'dynamodb:Attributes': ['ID', 'PostDateTime'] },
      }),
    ],
    rows: [
      asking('PutItem', 'explicitDeny', 'PostDateTime', 'Message'),
      asking('PutItem', 'explicitDeny', 'UserName', 'Message', 'PostDateTime'),
      asking('PutItem', 'allowed', 'UserName'),
      asking('PutItem', 'allowed'),
      { ...asking('PutItem', 'allowed', ''), when: 'with an empty text' },
    ],
  },
  {
    shows: 'what a Deny spares is not allowed yet',
    identity: condition('Deny', 'PutItem', { 'ForAnyValue:StringEquals': { 'dynamodb:Attributes': ['ID'] } }),
    rows: [asking('PutItem', 'implicitDeny', 'UserName')],
  },
])

const tagging = (gets: Row['gets'], ...keys: string[]): Row => ({
  when: keys.join(', ') || 'without tags',
  action: 'iam:TagUser',
  on: `arn:aws:iam::${account}:user/ann`,
  ...(keys.length > 0 && { keys: { 'aws:TagKeys': keys } }),
  gets,
})
const tagged = (Condition: object) => [
  { Effect: 'Allow', Action: 'iam:*', Resource: '*' },
  { Sid: 'Tags', Effect: 'Deny', Action: ['iam:Tag*', 'iam:UnTag*'], Resource: ['*'], Condition },
]

// Of the page's tables the first could be read; the rows of the others follow the rule that the page states before them.
page('Multivalued context key examples', [
  {
    shows: 'ForAllValues with a negated operator denies if no key has the prefix, or none is there',
    identity: tagged({ 'ForAllValues:StringNotLike': { 'aws:TagKeys': 'key1*' } }),
    rows: [
      tagging('allowed', 'key1:legal'),
      tagging('allowed', 'key1:hr', 'key1:personnel'),
      tagging('explicitDeny', 'key2:audit'),
      tagging('explicitDeny'),
      tagging('allowed', 'key1:hr', 'key2:audit'),
    ],
  },
  {
    shows: 'of several prefixes none may be there',
    identity: tagged({ 'ForAllValues:StringNotLike': { 'aws:TagKeys': ['key1*', 'key2*'] } }),
    rows: [
      tagging('allowed', 'key1:legal'),
      tagging('allowed', 'key2:audit'),
      tagging('explicitDeny', 'key3:legal', 'key4:hr'),
      tagging('explicitDeny'),
    ],
  },
  {
    shows: 'Null keeps ForAllValues from meaning requests without tags',
    identity: tagged({
      Null: { 'aws:TagKeys': 'false' },
      'ForAllValues:StringLike': { 'aws:TagKeys': ['key1*', 'key2*', 'key3*'] },
    }),
    rows: [
      tagging('explicitDeny', 'key1:hr', 'key3:x'),
      tagging('allowed', 'key1:hr', 'key4:x'),
      tagging('allowed'),
      { ...tagging('allowed', ''), when: 'with an empty key' },
    ],
  },
  {
    shows: 'ForAnyValue denies snapshots if one of the tags is listed',
    identity: [
      { Effect: 'Allow', Action: 'ec2:*', Resource: '*' },
      {
        Effect: 'Deny',
        Action: ['ec2:CreateSnapshot', 'ec2:CreateSnapshots'],
        Resource: 'arn:aws:ec2:us-west-2::snapshot/*',
        Condition: { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['environment', 'webserver'] } },
      },
    ],
    rows: (
      [
        [['webserver'], 'explicitDeny'],
        [['environment', 'webserver', 'test'], 'explicitDeny'],
        [['Environment', 'test'], 'allowed'],
        [['test'], 'allowed'],
        [undefined, 'allowed'],
      ] as const
    ).map(([keys, gets]) => ({
      when: keys?.join(', ') ?? 'without tags',
      action: 'ec2:CreateSnapshot',
      on: 'arn:aws:ec2:us-west-2::snapshot/*',
      ...(keys && { keys: { 'aws:TagKeys': keys } }),
      gets,
    })),
  },
])

const blocks = (Condition: object) => ({ Effect: 'Allow', Action: 's3:ListBucket', Resource: '*', Condition })
const asked = (when: string, gets: Row['gets'], keys: Record<string, string>, address = '203.0.113.9'): Row => ({
  ...{ when, gets, keys, facts: { address } },
  action: 's3:ListBucket',
  on: 'arn:aws:s3:::shelf',
})

// This page could not be read; the rows follow the rule of "Creating a condition with multiple keys or values".
page('Conditions with multiple context keys or values', [
  {
    shows: 'blocks and keys are all needed, of the values one, and of negated values none',
    identity: blocks({
      StringEquals: { 'aws:PrincipalTag/department': ['finance', 'hr', 'legal'], 'aws:PrincipalTag/role': ['audit'] },
      StringNotEquals: { 'aws:PrincipalAccount': [account] },
      ArnLike: { 'aws:PrincipalArn': ['arn:aws:iam::*:user/ann', 'arn:aws:iam::*:user/ben'] },
    }),
    rows: [
      {
        ...asked('of none of the accounts', 'implicitDeny', {}),
        by: user('ann', { tags: { department: 'hr', role: 'audit' } }),
      },
    ],
  },
  {
    shows: 'a negated operator with several values is a NOR',
    identity: blocks({
      StringNotEquals: { 's3:prefix': ['a', 'b'] },
      NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] },
    }),
    rows: [
      asked('c', 'allowed', { 's3:prefix': 'c' }),
      asked('a', 'implicitDeny', { 's3:prefix': 'a' }),
      asked('b', 'implicitDeny', { 's3:prefix': 'b' }),
      asked('c from there', 'implicitDeny', { 's3:prefix': 'c' }, '192.0.2.5'),
    ],
  },
])
