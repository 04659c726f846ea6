/** AWS: IAM User Guide, "Example IAM identity-based policies": AWS, Data Pipeline, EC2, IAM, Lambda, RDS. Those of S3 and DynamoDB are beside this. */
import { account, page, type Row, role, temporary, user } from './examples.ts'

const [ann, ben] = [user('ann'), user('ben')]
const now = '2017-09-01T00:00:00Z'
const year = {
  DateGreaterThan: { 'aws:CurrentTime': '2017-07-01T00:00:00Z' },
  DateLessThan: { 'aws:CurrentTime': '2017-12-31T23:59:59Z' },
}
const everything = { Effect: 'Allow', Action: '*', Resource: '*' }
const device = (name: string) => `arn:aws:iam::${account}:mfa/${name}`
const self = 'arn:aws:iam::*:user/${aws:username}'
const own = (Action: string[], Resource = self) => ({ Effect: 'Allow', Action, Resource })
const without = (NotAction: string[]) => ({
  Sid: 'Factor',
  Effect: 'Deny',
  NotAction,
  Resource: '*',
  Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
})
const beforeFactor = [
  ...['iam:CreateVirtualMFADevice', 'iam:EnableMFADevice', 'iam:GetUser', 'iam:ListMFADevices'],
  ...['iam:ListVirtualMFADevices', 'iam:ResyncMFADevice', 'sts:GetSessionToken'],
]
const viewAccount = ['iam:GetAccountPasswordPolicy', 'iam:GetAccountSummary']
const ownKeys = ['iam:CreateAccessKey', 'iam:DeleteAccessKey', 'iam:ListAccessKeys', 'iam:UpdateAccessKey']
const ownCredentials = [
  own(['iam:ChangePassword', 'iam:GetUser']),
  own(ownKeys),
  own(['iam:DeleteSigningCertificate', 'iam:ListSigningCertificates', 'iam:UploadSigningCertificate']),
  own(['iam:DeleteSSHPublicKey', 'iam:GetSSHPublicKey', 'iam:UploadSSHPublicKey']),
  own(['iam:CreateServiceSpecificCredential', 'iam:ResetServiceSpecificCredential']),
]
const ownDevice = own(
  ['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice'],
  'arn:aws:iam::*:mfa/${aws:username}',
)
const ownFactor = own(['iam:DeactivateMFADevice', 'iam:EnableMFADevice', 'iam:ListMFADevices', 'iam:ResyncMFADevice'])
const factor = temporary(ann, now, 60)

page('Example IAM identity-based policies, AWS', [
  {
    shows: 'access between two dates',
    identity: { Effect: 'Allow', Action: 'some:Do', Resource: '*', Condition: year },
    rows: (
      [
        ['2017-07-01T00:00:00Z', 'implicitDeny'],
        ['2017-07-01T00:00:01Z', 'allowed'],
        ['2017-12-31T23:59:58Z', 'allowed'],
        ['2017-12-31T23:59:59Z', 'implicitDeny'],
      ] as const
    ).map(([at, gets]) => ({ when: `at ${at}`, action: 'some:Do', at, gets })),
  },
  {
    shows: 'access between two dates with a second factor, to a service and two actions of another',
    identity: {
      Effect: 'Allow',
      Action: ['one:*', 'two:A', 'two:B'],
      Resource: '*',
      Condition: { Bool: { 'aws:MultiFactorAuthPresent': true }, ...year },
    },
    rows: [
      { by: factor, at: now, action: 'one:Any', gets: 'allowed' },
      { by: factor, at: now, action: 'two:B', gets: 'allowed' },
      { by: factor, at: now, action: 'two:C', gets: 'implicitDeny' },
      { by: factor, when: 'in another year', at: '2018-06-01T00:00:00Z', action: 'one:Any', gets: 'implicitDeny' },
      { by: ann, when: 'without', at: now, action: 'one:Any', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'a region is enabled and disabled',
    identity: [
      {
        Effect: 'Allow',
        Action: ['account:EnableRegion', 'account:DisableRegion'],
        Resource: '*',
        Condition: { StringEquals: { 'account:TargetRegion': 'ap-east-1' } },
      },
      { Effect: 'Allow', Action: ['aws-portal:ViewAccount', 'account:ListRegions'], Resource: '*' },
    ],
    rows: [
      { action: 'account:EnableRegion', keys: { 'account:TargetRegion': 'ap-east-1' }, gets: 'allowed' },
      {
        when: 'elsewhere',
        action: 'account:EnableRegion',
        keys: { 'account:TargetRegion': 'me-south-1' },
        gets: 'implicitDeny',
      },
      { action: 'aws-portal:ViewAccount', gets: 'allowed' },
    ],
  },
  {
    shows: 'own credentials, with a second factor',
    identity: [
      own([...viewAccount, 'iam:ListVirtualMFADevices'], '*'),
      ...ownCredentials,
      ownDevice,
      ownFactor,
      without(beforeFactor),
    ],
    rows: [
      ...(
        [
          ['iam:ChangePassword', ann.arn, 'explicitDeny'],
          ['iam:GetUser', ann.arn, 'allowed'],
          ['iam:CreateAccessKey', ann.arn, 'explicitDeny'],
          ['iam:CreateVirtualMFADevice', device('ann'), 'allowed'],
          ['iam:CreateVirtualMFADevice', device('ben'), 'implicitDeny'],
          ['iam:DeleteVirtualMFADevice', device('ann'), 'explicitDeny'],
          ['iam:ListVirtualMFADevices', '*', 'allowed'],
          ['sts:GetSessionToken', '*', 'implicitDeny'],
          ['s3:ListAllMyBuckets', 'arn:aws:s3:::*', 'explicitDeny'],
        ] as const
      ).map(([action, on, gets]): Row => ({ by: ann, when: `on ${on} without`, action, on, gets })),
      ...(
        [
          ['iam:ChangePassword', ann.arn, 'allowed'],
          ['iam:CreateAccessKey', ann.arn, 'allowed'],
          ['iam:CreateAccessKey', ben.arn, 'implicitDeny'],
          ['iam:DeactivateMFADevice', ann.arn, 'allowed'],
          ['iam:DeleteVirtualMFADevice', device('ann'), 'allowed'],
          ['iam:ListUsers', '*', 'implicitDeny'],
          ['s3:ListAllMyBuckets', 'arn:aws:s3:::*', 'implicitDeny'],
        ] as const
      ).map(([action, on, gets]): Row => ({ by: factor, at: now, when: `on ${on} with`, action, on, gets })),
    ],
  },
  {
    shows: 'own credentials, without second factors',
    by: ann,
    identity: [own(viewAccount, '*'), ...ownCredentials],
    rows: [
      { action: 'iam:UpdateAccessKey', on: ann.arn, gets: 'allowed' },
      { action: 'iam:UploadSSHPublicKey', on: ann.arn, gets: 'allowed' },
      { action: 'iam:UpdateAccessKey', on: ben.arn, gets: 'implicitDeny' },
      { action: 'iam:ListMFADevices', on: ann.arn, gets: 'implicitDeny' },
      { action: 'iam:ListUsers', gets: 'implicitDeny' },
      { action: 'iam:CreateLoginProfile', on: ann.arn, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'the own second factor and nothing else',
    identity: [
      own(['iam:ListVirtualMFADevices'], '*'),
      ownDevice,
      own([...ownFactor.Action, 'iam:GetUser']),
      without([...beforeFactor, 'iam:ChangePassword']),
      { Effect: 'Allow', Action: 'ec2:*', Resource: '*' },
    ],
    rows: [
      { by: ann, when: 'without', action: 'iam:EnableMFADevice', on: ann.arn, gets: 'allowed' },
      { by: ann, when: 'without', action: 'iam:DeactivateMFADevice', on: ann.arn, gets: 'explicitDeny' },
      { by: ann, when: 'without', action: 'ec2:RunInstances', gets: 'explicitDeny' },
      { by: factor, when: 'with', at: now, action: 'iam:DeactivateMFADevice', on: ann.arn, gets: 'allowed' },
      { by: factor, when: 'with', at: now, action: 'ec2:RunInstances', gets: 'allowed' },
    ],
  },
  {
    shows: 'nothing outside two regions, but for global services',
    identity: [
      everything,
      {
        Effect: 'Deny',
        NotAction: ['cloudfront:*', 'iam:*', 'route53:*', 'support:*'],
        Resource: '*',
        Condition: { StringNotEquals: { 'aws:RequestedRegion': ['eu-central-1', 'eu-west-1'] } },
      },
    ],
    rows: [
      ...['eu-central-1', 'eu-west-1'].map(
        (region): Row => ({ when: `in ${region}`, action: 'sqs:CreateQueue', facts: { region }, gets: 'allowed' }),
      ),
      { when: 'in us-east-1', action: 'sqs:CreateQueue', gets: 'explicitDeny' },
      { when: 'in us-east-1', action: 'iam:CreateUser', gets: 'allowed' },
    ],
  },
  {
    shows: 'nothing from outside two ranges',
    identity: [
      everything,
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '203.0.113.0/24'] } },
      },
    ],
    rows: (
      [
        ['192.0.2.1', 'allowed'],
        ['203.0.113.254', 'allowed'],
        ['198.51.100.1', 'explicitDeny'],
        ['2001:db8::1', 'explicitDeny'],
      ] as const
    ).map(([address, gets]) => ({ when: `from ${address}`, action: 's3:GetObject', facts: { address }, gets })),
  },
  {
    shows: 'nothing of pipelines that somebody else made',
    by: ann,
    identity: [
      everything,
      {
        Effect: 'Deny',
        Action: ['datapipeline:ActivatePipeline', 'datapipeline:DeletePipeline'],
        Resource: ['*'],
        Condition: { StringNotEquals: { 'datapipeline:PipelineCreator': '${aws:userid}' } },
      },
    ],
    rows: [
      {
        when: 'of own',
        action: 'datapipeline:DeletePipeline',
        keys: { 'datapipeline:PipelineCreator': 'AIDAANN' },
        gets: 'allowed',
      },
      {
        when: "of another's",
        action: 'datapipeline:DeletePipeline',
        keys: { 'datapipeline:PipelineCreator': 'AIDABEN' },
        gets: 'explicitDeny',
      },
    ],
  },
])

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

const simulator = ['iam:GetContextKeysForPrincipalPolicy', 'iam:SimulatePrincipalPolicy']
const tagging = (
  when: string,
  gets: Row['gets'],
  tags: Record<string, string>,
  action = 'iam:TagUser',
  more = {},
): Row => ({
  ...{ when, action, on: ann.arn, gets },
  keys: {
    'aws:TagKeys': Object.keys(tags),
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    ...more,
  },
})
const group = (name: string) => `arn:aws:iam::${account}:group/${name}`
const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`

page('Example IAM identity-based policies, IAM', [
  {
    shows: 'the simulator, for what is attached and for what is passed',
    identity: own([...simulator, 'iam:SimulateCustomPolicy'], '*'),
    rows: [
      { action: 'iam:SimulatePrincipalPolicy', on: ann.arn, gets: 'allowed' },
      { action: 'iam:SimulateCustomPolicy', gets: 'allowed' },
      { action: 'iam:GetUser', on: ann.arn, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'the simulator for users below a path',
    identity: [
      own(simulator, 'arn:aws:iam::*:user/Department/Development/*'),
      own(['iam:GetPolicy', 'iam:GetUserPolicy'], '*'),
    ],
    rows: [
      {
        action: 'iam:SimulatePrincipalPolicy',
        on: `arn:aws:iam::${account}:user/Department/Development/x`,
        gets: 'allowed',
      },
      { action: 'iam:SimulatePrincipalPolicy', on: ann.arn, gets: 'implicitDeny' },
      { action: 'iam:GetUserPolicy', on: ann.arn, gets: 'allowed' },
    ],
  },
  {
    shows: 'roles that have a tag may be assumed',
    identity: {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: '*',
      Condition: { StringEquals: { 'iam:ResourceTag/Project': 'ExampleCorpABC' } },
    },
    trust: { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' },
    rows: [
      {
        when: 'with it',
        action: 'sts:AssumeRole',
        on: roleArn('R'),
        keys: { 'iam:ResourceTag/Project': 'ExampleCorpABC' },
        gets: 'allowed',
      },
      { when: 'without', action: 'sts:AssumeRole', on: roleArn('R'), gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'managers get one of three departments and no other tag',
    identity: [
      own(['iam:ListUserTags', 'iam:ListUsers'], '*'),
      {
        Effect: 'Allow',
        Action: 'iam:TagUser',
        Resource: '*',
        Condition: {
          StringEquals: {
            'iam:ResourceTag/JobFunction': 'Manager',
            'aws:RequestTag/Department': ['Marketing', 'Development', 'QualityAssurance'],
          },
          'ForAllValues:StringEquals': { 'aws:TagKeys': 'Department' },
        },
      },
    ],
    rows: [
      tagging('of a manager', 'allowed', { Department: 'Marketing' }, 'iam:TagUser', {
        'iam:ResourceTag/JobFunction': 'Manager',
      }),
      tagging('of an employee', 'implicitDeny', { Department: 'Marketing' }, 'iam:TagUser', {
        'iam:ResourceTag/JobFunction': 'Employee',
      }),
      tagging('with a fourth', 'implicitDeny', { Department: 'Sales' }, 'iam:TagUser', {
        'iam:ResourceTag/JobFunction': 'Manager',
      }),
      tagging('with another tag', 'implicitDeny', { Department: 'Marketing', x: 'y' }, 'iam:TagUser', {
        'iam:ResourceTag/JobFunction': 'Manager',
      }),
    ],
  },
  {
    shows: 'one tag with one of two values for users and roles',
    identity: {
      Effect: 'Allow',
      Action: ['iam:TagUser', 'iam:TagRole'],
      Resource: '*',
      Condition: {
        StringEquals: { 'aws:RequestTag/CostCenter': ['A-123', 'B-456'] },
        'ForAllValues:StringEquals': { 'aws:TagKeys': 'CostCenter' },
      },
    },
    rows: [
      tagging('the one', 'allowed', { CostCenter: 'A-123' }),
      tagging('the other', 'allowed', { CostCenter: 'B-456' }, 'iam:TagRole'),
      tagging('a third', 'implicitDeny', { CostCenter: 'C-789' }),
      tagging('with another tag', 'implicitDeny', { CostCenter: 'A-123', Name: 'x' }),
    ],
  },
  {
    shows: 'new users with one or both of two tags',
    identity: {
      Effect: 'Allow',
      Action: ['iam:CreateUser', 'iam:TagUser'],
      Resource: '*',
      Condition: {
        StringEqualsIfExists: {
          'aws:RequestTag/Department': ['Development', 'QualityAssurance'],
          'aws:RequestTag/JobFunction': 'Employee',
        },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['Department', 'JobFunction'] },
      },
    },
    rows: [
      tagging('one', 'allowed', { Department: 'QualityAssurance' }, 'iam:CreateUser'),
      tagging('both', 'allowed', { Department: 'Development', JobFunction: 'Employee' }, 'iam:CreateUser'),
      tagging('one and another', 'implicitDeny', { JobFunction: 'Employee', Project: 'core' }, 'iam:CreateUser'),
      tagging('a wrong value', 'implicitDeny', { Department: 'Sales' }, 'iam:CreateUser'),
      { when: 'none', action: 'iam:CreateUser', on: ann.arn, gets: 'allowed' },
    ],
  },
  {
    shows: 'one tag is managed, whatever its value',
    identity: {
      Effect: 'Allow',
      Action: ['iam:TagUser', 'iam:TagRole', 'iam:UntagUser', 'iam:UntagRole'],
      Resource: '*',
      Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'Department' } },
    },
    rows: [
      tagging('it', 'allowed', { Department: 'any' }),
      tagging('another', 'implicitDeny', { Team: 'any' }),
      {
        when: 'it away',
        action: 'iam:UntagUser',
        on: ann.arn,
        keys: { 'aws:TagKeys': ['Department'] },
        gets: 'allowed',
      },
      {
        when: 'both away',
        action: 'iam:UntagUser',
        on: ann.arn,
        keys: { 'aws:TagKeys': ['Department', 'x'] },
        gets: 'implicitDeny',
      },
    ],
  },
  {
    shows: 'credential reports, read-only access, and the rules of passwords',
    identity: [
      own(['iam:GenerateCredentialReport', 'iam:GetCredentialReport'], '*'),
      own(['iam:List*'], '*'),
      own(['iam:GetAccountPasswordPolicy', 'iam:UpdateAccountPasswordPolicy'], '*'),
    ],
    rows: [
      { action: 'iam:GenerateCredentialReport', gets: 'allowed' },
      { action: 'iam:ListRoles', gets: 'allowed' },
      { action: 'iam:UpdateAccountPasswordPolicy', gets: 'allowed' },
      { action: 'iam:GenerateServiceLastAccessedDetails', gets: 'implicitDeny' },
      { action: 'iam:DeleteAccountPasswordPolicy', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'the members of one group',
    identity: [
      own(['iam:ListGroups', 'iam:ListUsers', 'iam:GetUser', 'iam:ListGroupsForUser'], '*'),
      own(['iam:AddUserToGroup', 'iam:RemoveUserFromGroup', 'iam:GetGroup'], 'arn:aws:iam::*:group/MarketingTeam'),
    ],
    rows: [
      { action: 'iam:AddUserToGroup', on: group('MarketingTeam'), gets: 'allowed' },
      { action: 'iam:AddUserToGroup', on: group('Other'), gets: 'implicitDeny' },
      { action: 'iam:PutGroupPolicy', on: group('MarketingTeam'), gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'a role is passed to one service',
    identity: {
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: '*',
      Condition: { StringEquals: { 'iam:PassedToService': 'cloudwatch.amazonaws.com' } },
    },
    rows: [
      {
        when: 'to it',
        action: 'iam:PassRole',
        on: roleArn('R'),
        keys: { 'iam:PassedToService': 'cloudwatch.amazonaws.com' },
        gets: 'allowed',
      },
      {
        when: 'to another',
        action: 'iam:PassRole',
        on: roleArn('R'),
        keys: { 'iam:PassedToService': 'ec2.amazonaws.com' },
        gets: 'implicitDeny',
      },
      { when: 'to nobody', action: 'iam:PassRole', on: roleArn('R'), gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'three users change a group that all may see',
    identity: [
      own(['iam:ListGroups'], '*'),
      own(['iam:*Group*'], 'arn:aws:iam::*:group/AllUsers'),
      {
        Effect: 'Deny',
        Action: ['iam:AddUserToGroup', 'iam:CreateGroup', 'iam:DeleteGroup', 'iam:PutGroupPolicy'],
        Resource: 'arn:aws:iam::*:group/AllUsers',
        Condition: { StringNotEquals: { 'aws:username': ['ann', 'mia', 'ada'] } },
      },
    ],
    rows: [
      { by: ann, action: 'iam:AddUserToGroup', on: group('AllUsers'), gets: 'allowed' },
      { by: ben, when: 'by another', action: 'iam:AddUserToGroup', on: group('AllUsers'), gets: 'explicitDeny' },
      { by: ben, action: 'iam:GetGroup', on: group('AllUsers'), gets: 'allowed' },
      { by: role('R'), when: 'by a role', action: 'iam:DeleteGroup', on: group('AllUsers'), gets: 'explicitDeny' },
      { by: ann, action: 'iam:ListGroupsForUser', on: ann.arn, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'the own device, deactivated with a second factor only',
    identity: [
      own(['iam:ListUsers', 'iam:ListVirtualMFADevices'], '*'),
      { Effect: 'Allow', Action: ['iam:ListMFADevices'], Resource: ['arn:aws:iam::*:mfa/*', self] },
      {
        Effect: 'Allow',
        Action: ['iam:CreateVirtualMFADevice', 'iam:EnableMFADevice'],
        Resource: ['arn:aws:iam::*:mfa/${aws:username}', self],
      },
      {
        Effect: 'Allow',
        Action: ['iam:DeactivateMFADevice'],
        Resource: ['arn:aws:iam::*:mfa/${aws:username}', self],
        Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
      },
      without(['iam:CreateVirtualMFADevice', 'iam:EnableMFADevice', 'iam:ListMFADevices', 'iam:ListUsers']),
    ],
    rows: [
      { by: ann, when: 'without', action: 'iam:EnableMFADevice', on: ann.arn, gets: 'allowed' },
      { by: ann, when: 'without', action: 'iam:DeactivateMFADevice', on: ann.arn, gets: 'explicitDeny' },
      { by: factor, at: now, when: 'with', action: 'iam:DeactivateMFADevice', on: ann.arn, gets: 'allowed' },
      {
        by: factor,
        at: now,
        when: "of another's with",
        action: 'iam:DeactivateMFADevice',
        on: ben.arn,
        gets: 'implicitDeny',
      },
    ],
  },
  {
    shows: 'own credentials are exchanged',
    by: ann,
    identity: [
      own(['iam:ListUsers', 'iam:GetAccountPasswordPolicy'], '*'),
      own(['iam:*AccessKey*', 'iam:ChangePassword', 'iam:GetUser', 'iam:*ServiceSpecificCredential*']),
    ],
    rows: [
      { action: 'iam:DeleteAccessKey', on: ann.arn, gets: 'allowed' },
      { action: 'iam:ResetServiceSpecificCredential', on: ann.arn, gets: 'allowed' },
      { action: 'iam:DeleteAccessKey', on: ben.arn, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'reports about one policy of the organisation',
    identity: [
      own(['iam:GetOrganizationsAccessReport', 'organizations:Describe*', 'organizations:List*'], '*'),
      {
        Effect: 'Allow',
        Action: 'iam:GenerateOrganizationsAccessReport',
        Resource: '*',
        Condition: { StringEquals: { 'iam:OrganizationsPolicyId': 'p-policy123' } },
      },
    ],
    rows: [
      {
        action: 'iam:GenerateOrganizationsAccessReport',
        keys: { 'iam:OrganizationsPolicyId': 'p-policy123' },
        gets: 'allowed',
      },
      {
        when: 'of another',
        action: 'iam:GenerateOrganizationsAccessReport',
        keys: { 'iam:OrganizationsPolicyId': 'p-1' },
        gets: 'implicitDeny',
      },
      { action: 'organizations:ListAccounts', gets: 'allowed' },
    ],
  },
  {
    shows: 'two managed policies may be attached, by a key in another case',
    identity: [
      own(['iam:CreateUser', 'iam:ListPolicies'], '*'),
      {
        Effect: 'Allow',
        Action: ['iam:AttachUserPolicy', 'iam:DetachUserPolicy'],
        Resource: '*',
        Condition: {
          ArnEquals: { 'iam:PolicyArn': [`arn:aws:iam::${account}:policy/Ours`, 'arn:aws:iam::aws:policy/Theirs'] },
        },
      },
    ],
    rows: (
      [
        [`arn:aws:iam::${account}:policy/Ours`, 'allowed'],
        ['arn:aws:iam::aws:policy/Theirs', 'allowed'],
        ['arn:aws:iam::aws:policy/AdministratorAccess', 'implicitDeny'],
        [`arn:aws:iam::${account}:policy/Theirs`, 'implicitDeny'],
      ] as const
    ).map(([arn, gets]) => ({
      when: arn,
      action: 'iam:AttachUserPolicy',
      on: ann.arn,
      keys: { 'iam:PolicyARN': arn },
      gets,
    })),
  },
  {
    shows: 'several services and a little of IAM, but no logs and not one instance',
    by: ann,
    identity: [
      own(['s3:*', 'cloudwatch:*', 'ec2:*'], '*'),
      own(['iam:ListUsers', 'iam:GetAccountPasswordPolicy'], '*'),
      own(['iam:*AccessKey*', 'iam:ChangePassword', 'iam:GetUser', 'iam:*LoginProfile*']),
      { Effect: 'Deny', Action: 's3:*', Resource: ['arn:aws:s3:::logs', 'arn:aws:s3:::logs/*'] },
      { Effect: 'Deny', Action: 'ec2:*', Resource: 'arn:aws:ec2:*:*:instance/i-1' },
    ],
    rows: [
      { action: 's3:GetObject', on: 'arn:aws:s3:::b/k', gets: 'allowed' },
      { action: 's3:GetObject', on: 'arn:aws:s3:::logs/k', gets: 'explicitDeny' },
      { action: 's3:GetObject', on: 'arn:aws:s3:::logs2/k', gets: 'allowed' },
      { action: 'ec2:StopInstances', on: instance, gets: 'explicitDeny' },
      { action: 'iam:UpdateLoginProfile', on: ann.arn, gets: 'allowed' },
      { action: 'iam:UpdateLoginProfile', on: ben.arn, gets: 'implicitDeny' },
      { action: 'sqs:ListQueues', gets: 'implicitDeny' },
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
