/** AWS: IAM User Guide, "IAM JSON policy elements": Action, NotAction, Resource, NotResource, Condition. */
import { account, page, temporary, user } from './examples.ts'

const bucket = 'arn:aws:s3:::shelf'
const get = { action: 's3:GetObject', on: `${bucket}/x` }
const bob = user('bob')
const allow = (more: object) => ({ Effect: 'Allow', Resource: '*', ...more })

page('IAM JSON policy elements: Action', [
  {
    shows: 'prefix and name are one in any letter case',
    identity: allow({ Action: 'IAM:listaccesskeys' }),
    rows: [{ action: 'iam:ListAccessKeys', on: bob.arn, gets: 'allowed' }],
  },
  {
    shows: 'one action, of any service',
    identity: ['sqs:SendMessage', 'ec2:StartInstances', 'iam:ChangePassword', 's3:GetObject'].map((Action) =>
      allow({ Action }),
    ),
    rows: ['sqs:SendMessage', 'ec2:StartInstances', 'iam:ChangePassword', 's3:GetObject'].map((action) => ({
      action,
      gets: 'allowed' as const,
    })),
  },
  {
    shows: 'several actions',
    identity: allow({ Action: ['sqs:SendMessage', 'sqs:ReceiveMessage', 'iam:ChangePassword'] }),
    rows: [
      { action: 'sqs:ReceiveMessage', gets: 'allowed' },
      { action: 'iam:ChangePassword', gets: 'allowed' },
      { action: 'sqs:DeleteMessage', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'all actions of a service',
    identity: allow({ Action: 's3:*' }),
    rows: [
      { action: 's3:DeleteBucket', gets: 'allowed' },
      { action: 's3express:CreateSession', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'a star within the name',
    identity: allow({ Action: 'iam:*AccessKey*' }),
    rows: [
      ...['CreateAccessKey', 'DeleteAccessKey', 'ListAccessKeys', 'UpdateAccessKey'].map((name) => ({
        action: `iam:${name}`,
        gets: 'allowed' as const,
      })),
      { action: 'iam:CreateUser', gets: 'implicitDeny' },
    ],
  },
])

const now = '2026-06-15T12:00:00Z'

page('IAM JSON policy elements: NotAction', [
  {
    // The page says that ListAllMyBuckets needs "*"; S3's own walkthrough allows it on every bucket: see s3-users.test.ts.
    shows: 'with Allow, all that can be done to a bucket but deleting it, and nothing of other services',
    identity: allow({ NotAction: 's3:DeleteBucket', Resource: 'arn:aws:s3:::*' }),
    rows: [
      { action: 's3:PutObject', on: `${bucket}/x`, gets: 'allowed' },
      { action: 's3:CreateBucket', on: bucket, gets: 'allowed' },
      { action: 's3:DeleteBucket', on: bucket, gets: 'implicitDeny' },
      { when: 'on what needs "*"', action: 's3:ListAllMyBuckets', gets: 'implicitDeny' },
      { action: 'sqs:SendMessage', on: `arn:aws:sqs:us-east-1:${account}:q`, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'with Allow, everything of every service but IAM',
    identity: allow({ NotAction: 'iam:*' }),
    rows: [
      { action: 's3:DeleteBucket', on: bucket, gets: 'allowed' },
      { action: 'ec2:RunInstances', gets: 'allowed' },
      { action: 'iam:ListUsers', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'with Deny, all but IAM is denied without a second factor',
    identity: [
      allow({ Action: ['s3:*'] }),
      {
        Sid: 'NoFactor',
        Effect: 'Deny',
        NotAction: 'iam:*',
        Resource: '*',
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      },
    ],
    rows: [
      { ...get, when: 'with long-term keys', by: bob, gets: 'explicitDeny' },
      { ...get, when: 'with temporary ones', by: temporary(bob, now), gets: 'explicitDeny' },
      { ...get, when: 'with a second factor', by: temporary(bob, now, 60), gets: 'allowed' },
      { action: 'iam:ListUsers', by: bob, gets: 'implicitDeny' },
      { when: 'with a second factor', action: 'sqs:ListQueues', by: temporary(bob, now, 60), gets: 'implicitDeny' },
    ],
  },
])

const resources = [
  ['one queue', `arn:aws:sqs:us-east-2:${account}:queue1`, [`arn:aws:sqs:us-east-2:${account}:queue1`], []],
  ['one user', `arn:aws:iam::${account}:user/Bob`, [`arn:aws:iam::${account}:user/Bob`], ['user/bob', 'user/dir/Bob']],
  ['all users below a path', `arn:aws:iam::${account}:user/accounting/*`, ['user/accounting/ann'], ['user/ann']],
  ['all objects of a bucket', 'arn:aws:s3:::corporate/*', ['arn:aws:s3:::corporate/a/b'], ['arn:aws:s3:::corporate']],
  [
    'objects below any folder of the name, and not in the bucket itself',
    'arn:aws:s3:::corporate/*/test/*',
    [
      ...['1/test/o.jpg', '1/2/test/o.jpg', '1/2/test/3/o.jpg', '1/2/3/test/4/o.jpg', '1///test///o.jpg'],
      ...['1/test/.jpg', '//test/o.jpg', '1/test/'],
    ].map((key) => `arn:aws:s3:::corporate/${key}`),
    ['1-test/o.jpg', 'test/o.jpg', '1/2/test.jpg'].map((key) => `arn:aws:s3:::corporate/${key}`),
  ],
] as const
const whole = (arn: string) => (arn.startsWith('arn:') ? arn : `arn:aws:iam::${account}:${arn}`)

page('IAM JSON policy elements: Resource', [
  ...resources.map(([shows, Resource, yes, no]) => ({
    shows,
    identity: { Effect: 'Allow', Action: '*', Resource },
    rows: [
      ...yes.map((on) => ({ action: 'x:Do', on: whole(on), gets: 'allowed' as const })),
      ...no.map((on) => ({ action: 'x:Do', on: whole(on), gets: 'implicitDeny' as const })),
    ],
  })),
  {
    shows: 'several tables',
    identity: {
      Effect: 'Allow',
      Action: 'dynamodb:*',
      Resource: ['books', 'magazines'].map((name) => `arn:aws:dynamodb:us-east-2:${account}:table/${name}`),
    },
    rows: [
      { action: 'dynamodb:GetItem', on: `arn:aws:dynamodb:us-east-2:${account}:table/books`, gets: 'allowed' },
      { action: 'dynamodb:GetItem', on: `arn:aws:dynamodb:us-east-2:${account}:table/magazines`, gets: 'allowed' },
      { action: 'dynamodb:GetItem', on: `arn:aws:dynamodb:us-east-2:${account}:table/papers`, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'the table that has the name of the user',
    by: bob,
    identity: {
      Effect: 'Allow',
      Action: 'dynamodb:*',
      Resource: `arn:aws:dynamodb:us-east-2:${account}:table/\${aws:username}`,
    },
    rows: [
      { action: 'dynamodb:GetItem', on: `arn:aws:dynamodb:us-east-2:${account}:table/bob`, gets: 'allowed' },
      { action: 'dynamodb:GetItem', on: `arn:aws:dynamodb:us-east-2:${account}:table/eve`, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'a star at the end of a part may go on beyond the colons',
    identity: { Effect: 'Allow', Action: 'ec2:*', Resource: 'arn:aws:ec2:*' },
    rows: [
      { action: 'ec2:StopInstances', on: `arn:aws:ec2:us-east-1:${account}:instance/i-1`, gets: 'allowed' },
      { action: 'ec2:StopInstances', on: `arn:aws:rds:us-east-1:${account}:db:x`, gets: 'implicitDeny' },
    ],
  },
])

page('IAM JSON policy elements: NotResource', [
  {
    shows: 'nothing of S3 but one folder, and that only if something allows it',
    identity: [
      {
        Effect: 'Deny',
        Action: 's3:*',
        NotResource: ['arn:aws:s3:::people/payroll', 'arn:aws:s3:::people/payroll/*'],
      },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' },
    ],
    rows: [
      { action: 's3:GetObject', on: 'arn:aws:s3:::people/payroll/may', gets: 'allowed' },
      { action: 's3:PutObject', on: 'arn:aws:s3:::people/payroll/may', gets: 'implicitDeny' },
      { action: 's3:GetObject', on: 'arn:aws:s3:::people/new/may', gets: 'explicitDeny' },
      { action: 's3:GetObject', on: 'arn:aws:s3:::other/x', gets: 'explicitDeny' },
      { action: 'sqs:ListQueues', gets: 'implicitDeny' },
    ],
  },
])

const john = { Effect: 'Allow', Action: 'sqs:*', Resource: '*' }
const upTo = (day: string) => ({ ...john, Condition: { DateGreaterThan: { 'aws:CurrentTime': day } } })

page('IAM JSON policy elements: Condition', [
  {
    shows: 'StringEquals is exact',
    identity: { ...john, Condition: { StringEquals: { 'aws:username': 'johndoe' } } },
    rows: [
      { when: 'by johndoe', by: user('johndoe'), action: 'sqs:ListQueues', gets: 'allowed' },
      { when: 'by JohnDoe', by: user('JohnDoe'), action: 'sqs:ListQueues', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'StringEqualsIgnoreCase is not',
    identity: { ...john, Condition: { StringEqualsIgnoreCase: { 'AWS:UserName': 'johndoe' } } },
    rows: [
      { when: 'by johndoe', by: user('johndoe'), action: 'sqs:ListQueues', gets: 'allowed' },
      { when: 'by JohnDoe', by: user('JohnDoe'), action: 'sqs:ListQueues', gets: 'allowed' },
      { when: 'by another', by: user('john'), action: 'sqs:ListQueues', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'the name of a tag is found in any case, and two that differ in case only can fail a condition',
    identity: { ...john, Condition: { StringEquals: { 'ec2:ResourceTag/TagKey1': 'Value1' } } },
    rows: [
      { when: 'TagKey1', action: 'sqs:A', keys: { 'ec2:ResourceTag/TagKey1': 'Value1' }, gets: 'allowed' },
      { when: 'tagkey1', action: 'sqs:A', keys: { 'ec2:ResourceTag/tagkey1': 'Value1' }, gets: 'allowed' },
      {
        when: 'both, with two values',
        action: 'sqs:A',
        keys: { 'ec2:ResourceTag/TagKey1': 'Value1', 'ec2:ResourceTag/tagkey1': 'Value2' },
        gets: 'implicitDeny',
      },
    ],
  },
  {
    shows: 'a time that must have passed',
    identity: upTo('2013-12-15T12:00:00Z'),
    rows: [
      { when: 'before', action: 'sqs:A', at: '2013-12-15T11:59:59Z', gets: 'implicitDeny' },
      { when: 'then', action: 'sqs:A', at: '2013-12-15T12:00:00Z', gets: 'implicitDeny' },
      { when: 'after', action: 'sqs:A', at: '2013-12-15T12:00:01Z', gets: 'allowed' },
    ],
  },
])
