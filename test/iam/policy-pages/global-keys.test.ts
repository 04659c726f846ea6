/** AWS: IAM User Guide, "AWS global condition context keys". */
import { account, outsider, page, type Row, role, temporary, user } from './examples.ts'

const own = user('ann')
const now = '2026-06-15T12:00:00Z'
const kms = { action: 'kms:Decrypt', on: `arn:aws:kms:us-east-1:${account}:key/example` }
const managesKey = (Condition: object) => ({
  Effect: 'Allow',
  Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey', 'kms:DescribeKey'],
  Resource: kms.on,
  Condition,
})
const via = (...services: string[]) => {
  const names = services.map((name) => `${name}.amazonaws.com`)
  return {
    when: `via ${services.join(', ')}`,
    keys: { 'aws:CalledVia': names, 'aws:CalledViaFirst': names[0]!, 'aws:CalledViaLast': names.at(-1)! },
  }
}

page('Global condition context keys, CalledVia', [
  {
    shows: 'only if DynamoDB is one of the services in between',
    identity: managesKey({ 'ForAnyValue:StringEquals': { 'aws:CalledVia': ['dynamodb.amazonaws.com'] } }),
    rows: [
      { ...kms, ...via('cloudformation', 'dynamodb'), gets: 'allowed' },
      { ...kms, ...via('cloudformation'), gets: 'implicitDeny' },
      { ...kms, when: 'directly', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'only if the first and the last service are those',
    identity: managesKey({
      StringEquals: {
        'aws:CalledViaFirst': 'cloudformation.amazonaws.com',
        'aws:CalledViaLast': 'dynamodb.amazonaws.com',
      },
    }),
    rows: [
      { ...kms, ...via('cloudformation', 'dynamodb'), gets: 'allowed' },
      { ...kms, ...via('cloudformation', 'athena', 'dynamodb'), gets: 'allowed' },
      { ...kms, ...via('dynamodb', 'cloudformation'), gets: 'implicitDeny' },
      { ...kms, when: 'directly', gets: 'implicitDeny' },
    ],
  },
])

const everything = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
const get = { action: 's3:GetObject', on: 'arn:aws:s3:::shelf/x' }
const credentials = {
  'with long-term keys': own,
  'with a session without second factor': temporary(own, now),
  'of a role': role('R'),
  'with a second factor': temporary(own, now, 60),
}
const each = (...gets: readonly Row['gets'][]): Row[] =>
  Object.entries(credentials).map(([when, by], index) => ({ ...get, when, by, gets: gets[index]! }))
const denying = (Condition: object) => [everything, { ...everything, Effect: 'Deny', Condition }]
const factor = (value: string) => ({ 'aws:MultiFactorAuthPresent': value })

page('Global condition context keys, MultiFactorAuthPresent', [
  {
    shows: 'Deny with Bool false does not touch long-term keys',
    identity: denying({ Bool: factor('false') }),
    rows: each('allowed', 'explicitDeny', 'explicitDeny', 'allowed'),
  },
  {
    shows: 'Deny with BoolIfExists false denies all but those with a second factor',
    identity: denying({ BoolIfExists: factor('false') }),
    rows: each('explicitDeny', 'explicitDeny', 'explicitDeny', 'allowed'),
  },
  {
    shows: 'Allow with BoolIfExists true allows long-term keys, too',
    identity: { ...everything, Condition: { BoolIfExists: factor('true') } },
    rows: each('allowed', 'implicitDeny', 'implicitDeny', 'allowed'),
  },
  {
    shows: 'Allow with Bool true allows those with a second factor only',
    identity: { ...everything, Condition: { Bool: factor('true') } },
    rows: each('implicitDeny', 'implicitDeny', 'implicitDeny', 'allowed'),
  },
  {
    shows: 'Allow with Null false asks for temporary credentials, whatever the factors',
    identity: { ...everything, Condition: { Null: factor('false') } },
    rows: each('implicitDeny', 'allowed', 'allowed', 'allowed'),
  },
])

const path = 'o-a1b2c3d4e5/r-f6g7h8i9j0example/ou-ghi0-awsccccc/ou-jkl0-awsddddd/'
const organised = (when: string, paths: string[] | undefined, gets: Row['gets']): Row => ({
  ...{ ...get, when, gets },
  ...(paths && { keys: { 'aws:PrincipalOrgPaths': paths } }),
})
const inPaths = (operator: string, ...paths: string[]) => ({
  ...everything,
  Condition: { [`ForAnyValue:${operator}`]: { 'aws:PrincipalOrgPaths': paths } },
})

page('Global condition context keys, PrincipalOrgID and PrincipalOrgPaths', [
  {
    shows: 'members of an organisation may put objects',
    resource: {
      Sid: 'Put',
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: 'arn:aws:s3:::shelf/*',
      Condition: { StringEquals: { 'aws:PrincipalOrgID': ['o-xxxxxxxxxxx'] } },
    },
    rows: [
      {
        when: 'of a member',
        action: 's3:PutObject',
        on: get.on,
        keys: { 'aws:PrincipalOrgID': 'o-xxxxxxxxxxx' },
        gets: 'allowed',
      },
      {
        when: 'of another',
        action: 's3:PutObject',
        on: get.on,
        keys: { 'aws:PrincipalOrgID': 'o-y' },
        gets: 'implicitDeny',
      },
      { when: 'of none', action: 's3:PutObject', on: get.on, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'a unit, and not those below it',
    identity: inPaths('StringEquals', path),
    rows: [
      organised('in it', [path], 'allowed'),
      organised('below it', [`${path}ou-x/`], 'implicitDeny'),
      organised('in no organisation', undefined, 'implicitDeny'),
    ],
  },
  {
    shows: 'a unit and those below it',
    identity: inPaths('StringLike', `${path.slice(0, -1)}*`),
    rows: [
      organised('in it', [path], 'allowed'),
      organised('below it', [`${path}ou-x/`], 'allowed'),
      organised('beside it', [path.replace('jkl0', 'jkl1')], 'implicitDeny'),
    ],
  },
  {
    shows: 'everything of an organisation',
    identity: inPaths('StringLike', 'o-a1b2c3d4e5/*'),
    rows: [organised('in it', [path], 'allowed'), organised('in another', ['o-b/r/'], 'implicitDeny')],
  },
  {
    shows: 'one of two units',
    identity: inPaths('StringLike', 'o-a1b2c3d4e5/r/ou-def0-awsbbbbb/*', `${path}*`),
    rows: [
      organised('in the second', [path], 'allowed'),
      organised('in a third', ['o-a1b2c3d4e5/r/ou-z/'], 'implicitDeny'),
    ],
  },
])

const regions = ['eu-west-1', 'eu-west-2', 'eu-west-3']
const put = { action: 's3:PutObject', on: 'arn:aws:s3:::mine/x' }
page('Global condition context keys, others', [
  {
    shows: 'who has the tag manages IAM',
    identity: {
      Effect: 'Allow',
      Action: 'iam:*',
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalTag/tagManager': 'true' } },
    },
    rows: [
      { when: 'with it', by: user('ann', { tags: { tagManager: 'true' } }), action: 'iam:CreateUser', gets: 'allowed' },
      { when: 'without', by: own, action: 'iam:CreateUser', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'instances are seen everywhere and changed in three regions',
    identity: [
      {
        Sid: 'Read',
        Effect: 'Allow',
        Action: ['ec2:Describe*', 'ec2:Export*', 'ec2:Get*', 'ec2:Search*'],
        Resource: '*',
      },
      {
        Sid: 'Write',
        Effect: 'Allow',
        Action: ['ec2:Associate*', 'ec2:Modify*', 'ec2:Run*', 'ec2:Start*', 'ec2:Stop*', 'ec2:Terminate*'],
        Resource: '*',
        Condition: { StringEquals: { 'aws:RequestedRegion': regions } },
      },
    ],
    rows: [
      { action: 'ec2:DescribeInstances', gets: 'allowed' },
      ...regions.map((region) => ({
        when: `in ${region}`,
        action: 'ec2:StopInstances',
        facts: { region },
        gets: 'allowed' as const,
      })),
      { when: 'in us-east-1', action: 'ec2:StopInstances', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'the address counts for users, and not for services that act for them',
    identity: [
      {
        Sid: 'Direct',
        Effect: 'Allow',
        Action: 's3:PutObject',
        Resource: 'arn:aws:s3:::mine/*',
        Condition: { Bool: { 'aws:ViaAWSService': 'false' }, IpAddress: { 'aws:SourceIp': '123.45.167.89' } },
      },
      {
        Sid: 'ByService',
        Effect: 'Allow',
        Action: 's3:PutObject',
        Resource: 'arn:aws:s3:::mine/*',
        Condition: { Bool: { 'aws:ViaAWSService': 'true' } },
      },
    ],
    rows: [
      { ...put, when: 'from there', facts: { address: '123.45.167.89' }, gets: 'allowed' },
      { ...put, when: 'from elsewhere', facts: { address: '123.45.167.90' }, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'where keys are absent, conditions with IfExists hold',
    identity: {
      ...everything,
      Condition: {
        IpAddressIfExists: { 'aws:SourceIp': ['192.0.2.0/24'] },
        StringEqualsIfExists: { 'aws:SourceVpc': ['vpc-1'] },
      },
    },
    rows: [
      { ...get, when: 'from the range', facts: { address: '192.0.2.8' }, gets: 'allowed' },
      { ...get, when: 'from elsewhere', facts: { address: '192.0.3.8' }, gets: 'implicitDeny' },
      {
        ...get,
        when: 'through another network',
        facts: { address: '192.0.2.8' },
        keys: { 'aws:SourceVpc': 'vpc-2' },
        gets: 'implicitDeny',
      },
    ],
  },
  {
    shows: 'a topic takes what a bucket of the account sends',
    resource: {
      Effect: 'Allow',
      Principal: { Service: 's3.amazonaws.com' },
      Action: 'sns:Publish',
      Resource: `arn:aws:sns:us-east-1:${account}:t`,
      Condition: {
        ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::shelf' },
        StringEquals: { 'aws:SourceAccount': account },
      },
    },
    rows: (
      [
        ['arn:aws:s3:::shelf', account, 'allowed'],
        ['arn:aws:s3:::shelf', '444455556666', 'implicitDeny'],
        ['arn:aws:s3:::other', account, 'implicitDeny'],
      ] as const
    ).map(([bucket, of, gets]) => ({
      when: `for ${bucket} of ${of}`,
      as: outsider('service', 's3.amazonaws.com'),
      action: 'sns:Publish',
      on: `arn:aws:sns:us-east-1:${account}:t`,
      keys: { 'aws:SourceArn': bucket, 'aws:SourceAccount': of },
      gets,
    })),
  },
])
