/** AWS: IAM User Guide, "IAM JSON policy elements: Condition operators". */
import { account, outsider, page, role, temporary, user } from './examples.ts'

const keysOf = `arn:aws:iam::${account}:user/*`
const own = user('ann')
const accessKeys = (Condition: object) => ({ Effect: 'Allow', Action: 'iam:*AccessKey*', Resource: keysOf, Condition })
const create = { action: 'iam:CreateAccessKey', on: own.arn }
const now = '2026-06-15T12:00:00Z'

page('Condition operators, String', [
  {
    shows: 'the principal must have a tag of that value',
    identity: accessKeys({ StringEquals: { 'aws:PrincipalTag/job-category': 'iamuser-admin' } }),
    rows: [
      {
        ...create,
        when: 'with the tag',
        by: user('ann', { tags: { 'job-category': 'iamuser-admin' } }),
        gets: 'allowed',
      },
      {
        ...create,
        when: 'with another value',
        by: user('ann', { tags: { 'job-category': 'x' } }),
        gets: 'implicitDeny',
      },
      { ...create, when: 'without the tag', by: own, gets: 'implicitDeny' },
      {
        ...create,
        when: 'of a tagged role',
        by: role('R', { tags: { 'job-category': 'iamuser-admin' } }),
        gets: 'allowed',
      },
    ],
  },
  {
    shows: 'a user has a home directory in a bucket',
    by: own,
    identity: [
      { Effect: 'Allow', Action: ['s3:ListAllMyBuckets', 's3:GetBucketLocation'], Resource: 'arn:aws:s3:::*' },
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::homes',
        Condition: { StringLike: { 's3:prefix': ['', 'home/', 'home/${aws:username}/'] } },
      },
      {
        Effect: 'Allow',
        Action: 's3:*',
        Resource: ['arn:aws:s3:::homes/home/${aws:username}', 'arn:aws:s3:::homes/home/${aws:username}/*'],
      },
    ],
    rows: [
      { action: 's3:ListAllMyBuckets', on: 'arn:aws:s3:::*', gets: 'allowed' },
      ...['', 'home/', 'home/ann/'].map((prefix) => ({
        when: `below "${prefix}"`,
        action: 's3:ListBucket',
        on: 'arn:aws:s3:::homes',
        keys: { 's3:prefix': prefix },
        gets: 'allowed' as const,
      })),
      ...['home/ben/', 'home/ann', 'home/ann/x'].map((prefix) => ({
        when: `below "${prefix}"`,
        action: 's3:ListBucket',
        on: 'arn:aws:s3:::homes',
        keys: { 's3:prefix': prefix },
        gets: 'implicitDeny' as const,
      })),
      { when: 'of everything', action: 's3:ListBucket', on: 'arn:aws:s3:::homes', gets: 'implicitDeny' },
      { action: 's3:PutObject', on: 'arn:aws:s3:::homes/home/ann/x', gets: 'allowed' },
      { action: 's3:PutObject', on: 'arn:aws:s3:::homes/home/ben/x', gets: 'implicitDeny' },
    ],
  },
])

const list = { action: 's3:ListBucket', on: 'arn:aws:s3:::shelf' }
page('Condition operators, Numeric', [
  {
    shows: 'up to ten objects at a time',
    identity: {
      Effect: 'Allow',
      Action: 's3:*',
      Resource: '*',
      Condition: { NumericLessThanEquals: { 's3:max-keys': '10' } },
    },
    rows: [
      { ...list, when: 'by ten', keys: { 's3:max-keys': '10' }, gets: 'allowed' },
      { ...list, when: 'by two', keys: { 's3:max-keys': '2' }, gets: 'allowed' },
      { ...list, when: 'by eleven', keys: { 's3:max-keys': '11' }, gets: 'implicitDeny' },
      { when: 'that has no such key', action: 's3:GetObject', on: 'arn:aws:s3:::shelf/x', gets: 'implicitDeny' },
    ],
  },
])

page('Condition operators, Date', [
  {
    shows: 'credentials made after a day',
    identity: accessKeys({ DateGreaterThan: { 'aws:TokenIssueTime': '2020-01-01T00:00:01Z' } }),
    rows: [
      { ...create, when: 'with fresh ones', by: temporary(own, now), gets: 'allowed' },
      { ...create, when: 'with old ones', by: temporary(own, '2019-06-01T00:00:00Z'), gets: 'implicitDeny' },
      { ...create, when: 'with long-term keys', by: own, gets: 'implicitDeny' },
    ],
  },
])

page('Condition operators, Boolean', [
  {
    shows: 'no action on a bucket without TLS',
    identity: [
      { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' },
      {
        Sid: 'Plain',
        Effect: 'Deny',
        Action: 's3:*',
        Resource: ['arn:aws:s3:::shelf', 'arn:aws:s3:::shelf/*'],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
    rows: [
      { when: 'over TLS', action: 's3:GetObject', on: 'arn:aws:s3:::shelf/x', gets: 'allowed' },
      {
        when: 'in the clear',
        action: 's3:GetObject',
        on: 'arn:aws:s3:::shelf/x',
        facts: { secure: false },
        gets: 'explicitDeny',
      },
      { when: 'over TLS', action: 's3:ListBucket', on: 'arn:aws:s3:::shelf', gets: 'implicitDeny' },
    ],
  },
])

const something = (Condition: object) => ({ Effect: 'Allow', Action: 'some:*', Resource: '*', Condition })
page('Condition operators, Binary', [
  {
    shows: 'bytes are compared',
    identity: something({ BinaryEquals: { 'some:key': 'QmluYXJ5VmFsdWVJbkJhc2U2NA==' } }),
    rows: [
      {
        when: 'with these bytes',
        action: 'some:Do',
        keys: { 'some:key': Buffer.from('BinaryValueInBase64').toString('base64') },
        gets: 'allowed',
      },
      {
        when: 'with others',
        action: 'some:Do',
        keys: { 'some:key': Buffer.from('Binaryvalue').toString('base64') },
        gets: 'implicitDeny',
      },
      { when: 'with none', action: 'some:Do', gets: 'implicitDeny' },
    ],
  },
])

const from = (address: string) => ({ when: `from ${address}`, facts: { address } })
page('Condition operators, IP address', [
  {
    shows: 'from one range',
    identity: accessKeys({ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }),
    rows: [
      { ...create, ...from('203.0.113.0'), gets: 'allowed' },
      { ...create, ...from('203.0.113.255'), gets: 'allowed' },
      { ...create, ...from('203.0.114.0'), gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'an address without prefix is that address',
    identity: something({ IpAddress: { 'aws:SourceIp': '203.0.113.5' } }),
    rows: [
      { action: 'some:Do', ...from('203.0.113.5'), gets: 'allowed' },
      { action: 'some:Do', ...from('203.0.113.6'), gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'from a range of either version',
    identity: something({ IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001:DB8:1234:5678::/64'] } }),
    rows: [
      { action: 'some:Do', ...from('203.0.113.77'), gets: 'allowed' },
      { action: 'some:Do', ...from('2001:db8:1234:5678:9::1'), gets: 'allowed' },
      { action: 'some:Do', ...from('2001:db8:1234:5679::1'), gets: 'implicitDeny' },
      { action: 'some:Do', ...from('192.0.2.1'), gets: 'implicitDeny' },
    ],
  },
])

const pattern = 'arn:aws:someservice:*:111122223333:finance/*'
const value = 'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt'
const topic = `arn:aws:sns:us-east-1:${account}:topic`
const queue = `arn:aws:sqs:us-east-1:${account}:queue`
page('Condition operators, ARN', [
  {
    shows: 'a pattern that StringLike finds across colons',
    identity: something({ StringLike: { 'some:arn': pattern } }),
    rows: [{ action: 'some:Do', keys: { 'some:arn': value }, gets: 'allowed' }],
  },
  ...['ArnLike', 'ArnEquals'].map((operator) => ({
    shows: `the same pattern is compared part by part with ${operator}`,
    identity: something({ [operator]: { 'some:arn': pattern } }),
    rows: [
      { when: 'across parts', action: 'some:Do', keys: { 'some:arn': value }, gets: 'implicitDeny' as const },
      {
        when: 'within them',
        action: 'some:Do',
        keys: { 'some:arn': 'arn:aws:someservice:us-east-2:111122223333:finance/document.txt' },
        gets: 'allowed' as const,
      },
    ],
  })),
  {
    shows: 'a queue takes messages that a topic sends, and not those of users themselves',
    identity: { Effect: 'Allow', Action: 'sns:*', Resource: '*' },
    resource: {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com', AWS: own.arn },
      Action: 'SQS:SendMessage',
      Resource: queue,
      Condition: { ArnEquals: { 'aws:SourceArn': topic } },
    },
    rows: [
      {
        when: 'of the topic',
        as: outsider('service', 'sns.amazonaws.com'),
        action: 'sqs:SendMessage',
        on: queue,
        keys: { 'aws:SourceArn': topic },
        gets: 'allowed',
      },
      {
        when: 'of another topic',
        as: outsider('service', 'sns.amazonaws.com'),
        action: 'sqs:SendMessage',
        on: queue,
        keys: { 'aws:SourceArn': `${topic}2` },
        gets: 'implicitDeny',
      },
      { when: 'of a user', by: own, action: 'sqs:SendMessage', on: queue, gets: 'implicitDeny' },
    ],
  },
])

const small = ['t1.*', 't2.*', 'm3.*']
const run = { action: 'ec2:RunInstances', on: `arn:aws:ec2:us-east-1:${account}:instance/*` }
const image = { action: 'ec2:RunInstances', on: 'arn:aws:ec2:us-east-1::image/ami-1' }
page('Condition operators, IfExists', [
  {
    shows: 'without IfExists, what has no type of instance fails, and with it every start of one',
    identity: {
      Effect: 'Allow',
      Action: 'ec2:RunInstances',
      Resource: '*',
      Condition: { StringLike: { 'ec2:InstanceType': small } },
    },
    rows: [
      { ...run, keys: { 'ec2:InstanceType': 't2.micro' }, gets: 'allowed' },
      { ...image, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'with IfExists the type is asked where there is one',
    identity: [
      {
        Sid: 'Run',
        Effect: 'Allow',
        Action: 'ec2:RunInstances',
        Resource: '*',
        Condition: { StringLikeIfExists: { 'ec2:InstanceType': small } },
      },
      { Sid: 'See', Effect: 'Allow', Action: ['ec2:DescribeImages', 'ec2:DescribeInstances'], Resource: '*' },
    ],
    rows: [
      { ...run, when: 'of a small one', keys: { 'ec2:InstanceType': 't1.micro' }, gets: 'allowed' },
      { ...run, when: 'of a large one', keys: { 'ec2:InstanceType': 'x1.32xlarge' }, gets: 'implicitDeny' },
      { ...run, when: 'of t2 without a point', keys: { 'ec2:InstanceType': 't2micro' }, gets: 'implicitDeny' },
      { ...image, gets: 'allowed' },
      { action: 'ec2:DescribeImages', gets: 'allowed' },
    ],
  },
  {
    shows: 'a negated operator with IfExists denies what lacks the key',
    identity: [
      { Effect: 'Allow', Action: 'some:*', Resource: '*' },
      {
        Effect: 'Deny',
        Action: 'some:*',
        Resource: '*',
        Condition: { StringNotEqualsIfExists: { 'aws:RequestTag/team': 'red' } },
      },
    ],
    rows: [
      { when: 'with the tag', action: 'some:Do', keys: { 'aws:RequestTag/team': 'red' }, gets: 'allowed' },
      { when: 'with another', action: 'some:Do', keys: { 'aws:RequestTag/team': 'blue' }, gets: 'explicitDeny' },
      { when: 'without', action: 'some:Do', gets: 'explicitDeny' },
    ],
  },
  {
    shows: 'an absent key fails a positive operator and satisfies a negated one',
    identity: [
      something({ StringLike: { 'some:a': '*' } }),
      { ...something({ StringNotLike: { 'some:b': 'x' } }), Action: 'not:*' },
      { ...something({ ArnNotLike: { 'some:b': 'arn:aws:s3:::x' } }), Action: 'arn:*' },
    ],
    rows: [
      { action: 'some:Do', gets: 'implicitDeny' },
      { action: 'not:Do', gets: 'allowed' },
      { action: 'arn:Do', gets: 'allowed' },
    ],
  },
])

page('Condition operators, Null', [
  {
    shows: 'long-term keys only',
    identity: {
      Effect: 'Allow',
      Action: 'ec2:*',
      Resource: '*',
      Condition: { Null: { 'aws:TokenIssueTime': 'true' } },
    },
    rows: [
      { when: 'with long-term keys', by: own, action: 'ec2:RunInstances', gets: 'allowed' },
      { when: 'with temporary ones', by: temporary(own, now), action: 'ec2:RunInstances', gets: 'implicitDeny' },
      { when: 'of a role', by: role('R'), action: 'ec2:RunInstances', gets: 'implicitDeny' },
    ],
  },
])
