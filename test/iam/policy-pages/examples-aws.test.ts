/** AWS: IAM User Guide, "Example IAM identity-based policies": AWS, Data Pipeline. */
import { account, page, type Row, temporary, user } from './examples.ts'

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
