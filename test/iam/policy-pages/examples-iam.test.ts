/** AWS: IAM User Guide, "Example IAM identity-based policies": IAM. */
import { account, page, type Row, role, temporary, user } from './examples.ts'

const [ann, ben] = [user('ann'), user('ben')]
const now = '2017-09-01T00:00:00Z'
const factor = temporary(ann, now, 60)
const self = 'arn:aws:iam::*:user/${aws:username}'
const own = (Action: string[], Resource = self) => ({ Effect: 'Allow', Action, Resource })
const without = (NotAction: string[]) => ({
  Sid: 'Factor',
  Effect: 'Deny',
  NotAction,
  Resource: '*',
  Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
})
const instance = `arn:aws:ec2:us-east-1:${account}:instance/i-1`
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
