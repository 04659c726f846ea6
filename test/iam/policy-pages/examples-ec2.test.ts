/** AWS: IAM User Guide, "Example IAM identity-based policies": EC2, Lambda and RDS. */
import { account, page, role, temporary, user } from './examples.ts'

const ann = user('ann')
const now = '2017-09-01T00:00:00Z'
const everything = { Effect: 'Allow', Action: '*', Resource: '*' }
const factor = temporary(ann, now, 60)
const own = (Action: string[], Resource: string) => ({ Effect: 'Allow', Action, Resource })
const ec2 = (kind: string, id: string, of: string = account) => `arn:aws:ec2:us-east-1:${of}:${kind}/${id}`
const instance = ec2('instance', 'i-1')
const start = { action: 'ec2:StartInstances', on: instance }

page('Example IAM identity-based policies, EC2', [
  {
    shows: 'owners attach their volumes to instances for development',
    by: ann,
    identity: [
      {
        Effect: 'Allow',
        Action: ['ec2:AttachVolume', 'ec2:DetachVolume'],
        Resource: 'arn:aws:ec2:*:*:instance/*',
        Condition: { StringEquals: { 'aws:ResourceTag/Department': 'Development' } },
      },
      {
        Effect: 'Allow',
        Action: ['ec2:AttachVolume', 'ec2:DetachVolume'],
        Resource: 'arn:aws:ec2:*:*:volume/*',
        Condition: { StringEquals: { 'aws:ResourceTag/VolumeUser': '${aws:username}' } },
      },
    ],
    rows: [
      {
        action: 'ec2:AttachVolume',
        on: instance,
        keys: { 'aws:ResourceTag/Department': 'Development' },
        gets: 'allowed',
      },
      {
        action: 'ec2:AttachVolume',
        on: instance,
        keys: { 'aws:ResourceTag/Department': 'Sales' },
        gets: 'implicitDeny',
      },
      {
        action: 'ec2:AttachVolume',
        on: ec2('volume', 'v'),
        keys: { 'aws:ResourceTag/VolumeUser': 'ann' },
        gets: 'allowed',
      },
      {
        action: 'ec2:AttachVolume',
        on: ec2('volume', 'v'),
        keys: { 'aws:ResourceTag/VolumeUser': 'ben' },
        gets: 'implicitDeny',
      },
    ],
  },
  {
    shows: 'instances are launched in one subnet',
    identity: [
      { Effect: 'Allow', Action: ['ec2:Describe*', 'ec2:GetConsole*'], Resource: '*' },
      {
        Effect: 'Allow',
        Action: 'ec2:RunInstances',
        Resource: [
          ...['arn:aws:ec2:*:*:subnet/subnet-1', 'arn:aws:ec2:*:*:network-interface/*', 'arn:aws:ec2:*:*:instance/*'],
          ...['arn:aws:ec2:*::image/ami-*', 'arn:aws:ec2:*:*:key-pair/*'],
        ],
      },
    ],
    rows: [
      { action: 'ec2:DescribeSubnets', gets: 'allowed' },
      { action: 'ec2:RunInstances', on: ec2('subnet', 'subnet-1'), gets: 'allowed' },
      { action: 'ec2:RunInstances', on: ec2('subnet', 'subnet-2'), gets: 'implicitDeny' },
      { action: 'ec2:RunInstances', on: ec2('image', 'ami-9', ''), gets: 'allowed' },
      { action: 'ec2:RunInstances', on: ec2('volume', 'v'), gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'security groups of one network',
    identity: {
      Effect: 'Allow',
      Action: ['ec2:DeleteSecurityGroup'],
      Resource: 'arn:aws:ec2:*:*:security-group/*',
      Condition: { ArnEquals: { 'ec2:Vpc': 'arn:aws:ec2:*:*:vpc/vpc-1' } },
    },
    rows: [
      {
        when: 'of it',
        action: 'ec2:DeleteSecurityGroup',
        on: ec2('security-group', 'sg-1'),
        keys: { 'ec2:Vpc': ec2('vpc', 'vpc-1') },
        gets: 'allowed',
      },
      {
        when: 'of another',
        action: 'ec2:DeleteSecurityGroup',
        on: ec2('security-group', 'sg-1'),
        keys: { 'ec2:Vpc': ec2('vpc', 'vpc-2') },
        gets: 'implicitDeny',
      },
    ],
  },
  {
    shows: 'instances that have the own name as a tag, whatever its case',
    by: ann,
    identity: {
      Effect: 'Allow',
      Action: ['ec2:StartInstances', 'ec2:StopInstances'],
      Resource: 'arn:aws:ec2:*:*:instance/*',
      Condition: { StringEquals: { 'aws:ResourceTag/Owner': '${aws:username}' } },
    },
    rows: [
      { ...start, when: 'of own', keys: { 'aws:ResourceTag/Owner': 'ann' }, gets: 'allowed' },
      { ...start, when: 'of own in small letters', keys: { 'aws:ResourceTag/owner': 'ann' }, gets: 'allowed' },
      { ...start, when: "of another's", keys: { 'aws:ResourceTag/Owner': 'ben' }, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'instances of a project for principals of a department',
    identity: {
      Effect: 'Allow',
      Action: ['ec2:StartInstances', 'ec2:StopInstances'],
      Resource: 'arn:aws:ec2:us-east-1:111122223333:instance/*',
      Condition: {
        StringEquals: { 'aws:ResourceTag/Project': 'DataAnalytics', 'aws:PrincipalTag/Department': 'Data' },
      },
    },
    rows: (
      [
        ['Data', 'DataAnalytics', 'allowed'],
        ['Data', 'Other', 'implicitDeny'],
        ['Sales', 'DataAnalytics', 'implicitDeny'],
      ] as const
    ).map(([Department, project, gets]) => ({
      ...start,
      when: `of ${project} for ${Department}`,
      by: user('ann', { tags: { Department } }),
      keys: { 'aws:ResourceTag/Project': project },
      gets,
    })),
  },
  {
    shows: 'instances of the same cost centre, with actions in small letters',
    identity: {
      Effect: 'Allow',
      Action: ['ec2:startInstances', 'ec2:stopInstances'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:ResourceTag/CostCenter': '${aws:PrincipalTag/CostCenter}' } },
    },
    rows: [
      {
        ...start,
        when: 'of the same',
        by: user('a', { tags: { CostCenter: '7' } }),
        keys: { 'aws:ResourceTag/CostCenter': '7' },
        gets: 'allowed',
      },
      {
        ...start,
        when: 'of another',
        by: user('a', { tags: { CostCenter: '8' } }),
        keys: { 'aws:ResourceTag/CostCenter': '7' },
        gets: 'implicitDeny',
      },
      { ...start, when: 'of none, for none', by: ann, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'one region',
    identity: {
      Action: 'ec2:*',
      Resource: '*',
      Effect: 'Allow',
      Condition: { StringEquals: { 'ec2:Region': 'us-east-1' } },
    },
    rows: [
      { ...start, keys: { 'ec2:Region': 'us-east-1' }, gets: 'allowed' },
      { ...start, when: 'elsewhere', keys: { 'ec2:Region': 'us-east-2' }, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'one instance and one security group',
    identity: {
      Action: ['ec2:StartInstances', 'ec2:AuthorizeSecurityGroupIngress'],
      Resource: ['arn:aws:ec2:*:*:instance/i-1', 'arn:aws:ec2:*:*:security-group/sg-1'],
      Effect: 'Allow',
    },
    rows: [
      { ...start, gets: 'allowed' },
      { action: 'ec2:StartInstances', on: ec2('instance', 'i-2'), gets: 'implicitDeny' },
      { action: 'ec2:AuthorizeSecurityGroupIngress', on: ec2('security-group', 'sg-1'), gets: 'allowed' },
    ],
  },
  {
    shows: 'stopping needs a second factor',
    identity: [
      { Effect: 'Allow', Action: 'ec2:*', Resource: '*' },
      {
        Effect: 'Deny',
        Action: ['ec2:StopInstances', 'ec2:TerminateInstances'],
        Resource: '*',
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': false } },
      },
    ],
    rows: [
      { by: ann, when: 'without', action: 'ec2:StopInstances', gets: 'explicitDeny' },
      { by: ann, when: 'without', action: 'ec2:StartInstances', gets: 'allowed' },
      { by: factor, when: 'with', at: now, action: 'ec2:StopInstances', gets: 'allowed' },
    ],
  },
  {
    shows: 'ending instances from two ranges, whatever else allows it',
    identity: [
      everything,
      { Effect: 'Allow', Action: ['ec2:TerminateInstances'], Resource: ['*'] },
      {
        Effect: 'Deny',
        Action: ['ec2:TerminateInstances'],
        Condition: { NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '203.0.113.0/24'] } },
        Resource: ['*'],
      },
    ],
    rows: [
      { when: 'from there', action: 'ec2:TerminateInstances', facts: { address: '192.0.2.7' }, gets: 'allowed' },
      { when: 'from elsewhere', action: 'ec2:TerminateInstances', gets: 'explicitDeny' },
    ],
  },
  {
    shows: 'one instance attaches volumes to any',
    by: role('Instance'),
    identity: {
      Effect: 'Allow',
      Action: ['ec2:AttachVolume', 'ec2:DetachVolume'],
      Resource: ['arn:aws:ec2:*:*:volume/*', 'arn:aws:ec2:*:*:instance/*'],
      Condition: { ArnEquals: { 'ec2:SourceInstanceARN': 'arn:aws:ec2:*:*:instance/i-1' } },
    },
    rows: [
      {
        when: 'by it',
        action: 'ec2:AttachVolume',
        on: ec2('instance', 'i-2'),
        keys: { 'ec2:SourceInstanceARN': instance },
        gets: 'allowed',
      },
      {
        when: 'by another',
        action: 'ec2:AttachVolume',
        on: instance,
        keys: { 'ec2:SourceInstanceARN': ec2('instance', 'i-2') },
        gets: 'implicitDeny',
      },
    ],
  },
])

const table = `arn:aws:dynamodb:us-east-1:${account}:table/SampleTable`
page('Example IAM identity-based policies, Lambda and RDS', [
  {
    shows: 'a function reads and writes one table, its stream, and logs',
    by: role('Function'),
    identity: [
      own(['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'], 'arn:aws:dynamodb:*:*:table/SampleTable'),
      own(['dynamodb:GetRecords'], 'arn:aws:dynamodb:*:*:table/SampleTable/stream/*'),
      own(['logs:CreateLogStream', 'logs:PutLogEvents'], '*'),
    ],
    rows: [
      { action: 'dynamodb:PutItem', on: table, gets: 'allowed' },
      { action: 'dynamodb:GetRecords', on: `${table}/stream/2026`, gets: 'allowed' },
      { action: 'dynamodb:PutItem', on: `${table}2`, gets: 'implicitDeny' },
      { action: 'dynamodb:DeleteTable', on: table, gets: 'implicitDeny' },
      { action: 'logs:PutLogEvents', gets: 'allowed' },
    ],
  },
  {
    shows: 'databases of one region',
    identity: [own(['rds:*'], 'arn:aws:rds:us-east-1:*:*'), own(['rds:Describe*'], '*')],
    rows: [
      { action: 'rds:DeleteDBInstance', on: `arn:aws:rds:us-east-1:${account}:db:mine`, gets: 'allowed' },
      { action: 'rds:DeleteDBInstance', on: `arn:aws:rds:us-east-2:${account}:db:mine`, gets: 'implicitDeny' },
      { action: 'rds:DescribeDBInstances', on: `arn:aws:rds:us-east-2:${account}:db:*`, gets: 'allowed' },
    ],
  },
  {
    shows: 'databases whose owner tag is the own name, in any case',
    by: ann,
    identity: {
      Action: ['rds:DeleteDBInstance', 'rds:RebootDBInstance'],
      Effect: 'Allow',
      Resource: '*',
      Condition: { StringEqualsIgnoreCase: { 'rds:db-tag/Owner': '${aws:username}' } },
    },
    rows: [
      { when: 'of own', action: 'rds:RebootDBInstance', keys: { 'rds:db-tag/Owner': 'ANN' }, gets: 'allowed' },
      {
        when: "of another's",
        action: 'rds:RebootDBInstance',
        keys: { 'rds:db-tag/Owner': 'ben' },
        gets: 'implicitDeny',
      },
    ],
  },
])
