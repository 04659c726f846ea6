/**
 * AWS: IAM User Guide, "IAM tutorial: Define permissions to access AWS resources based on tags", "Controlling access to AWS
 * resources using tags", "Controlling access to and for IAM users and roles using tags".
 */
import { account, page, type Row, role, user } from './examples.ts'

type Tags = { project?: string; team?: string; centre?: string }
const named = ({ project, team, centre }: Tags) => ({
  ...(project !== undefined && { 'access-project': project }),
  ...(team !== undefined && { 'access-team': team }),
  ...(centre !== undefined && { 'cost-center': centre }),
})
const under = (prefix: string, tags: Record<string, string>) =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]))
const keys = ['access-project', 'access-team', 'cost-center']
const asPrincipal = (prefix: string) =>
  Object.fromEntries(keys.map((key) => [`${prefix}/${key}`, `\${aws:PrincipalTag/${key}}`]))

const roles = {
  'access-peg-engineering': { project: 'peg', team: 'eng', centre: '987654' },
  'access-peg-quality-assurance': { project: 'peg', team: 'qas', centre: '987654' },
  'access-uni-engineering': { project: 'uni', team: 'eng', centre: '123456' },
  'access-uni-quality-assurance': { project: 'uni', team: 'qas', centre: '123456' },
} as const
type Name = keyof typeof roles
const names = Object.keys(roles) as Name[]
const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`
const arnav = user('arnav', { tags: named(roles['access-peg-engineering']) })
const session = (name: Name) => role(name, { tags: named(roles[name]) })

const policy = [
  {
    Sid: 'SameProjectSameTeam',
    Effect: 'Allow',
    Action: 'secretsmanager:*',
    Resource: '*',
    Condition: {
      StringEquals: asPrincipal('aws:ResourceTag'),
      'ForAllValues:StringEquals': { 'aws:TagKeys': [...keys, 'Name', 'OwnedBy'] },
      StringEqualsIfExists: asPrincipal('aws:RequestTag'),
    },
  },
  {
    Sid: 'NoTags',
    Effect: 'Allow',
    Action: ['secretsmanager:GetRandomPassword', 'secretsmanager:ListSecrets'],
    Resource: '*',
  },
  {
    Sid: 'ReadSameTeam',
    Effect: 'Allow',
    Action: ['secretsmanager:Describe*', 'secretsmanager:Get*', 'secretsmanager:List*'],
    Resource: '*',
    Condition: { StringEquals: { 'aws:ResourceTag/access-team': '${aws:PrincipalTag/access-team}' } },
  },
  {
    Sid: 'NoUntag',
    Effect: 'Deny',
    Action: 'secretsmanager:UntagResource',
    Resource: '*',
    Condition: { StringLike: { 'aws:TagKeys': 'access-*' } },
  },
  { Sid: 'NoPolicies', Effect: 'Deny', Action: 'secretsmanager:*Policy', Resource: '*' },
]
const secret = `arn:aws:secretsmanager:us-east-1:${account}:secret:test`
/** A secret to be is tagged with what is passed. */
const creating = (when: string, tags: Record<string, string>, gets: Row['gets']): Row => ({
  ...{ when, gets },
  action: 'secretsmanager:CreateSecret',
  on: secret,
  keys: {
    ...under('aws:RequestTag', tags),
    ...under('aws:ResourceTag', tags),
    ...(Object.keys(tags).length > 0 && { 'aws:TagKeys': Object.keys(tags) }),
  },
})
const peg = named(roles['access-peg-engineering'])
const onSecret = (by: Name, of: Name, action: string, gets: Row['gets'], more = {}): Row => ({
  when: `of ${of} by ${by}`,
  by: session(by),
  action: `secretsmanager:${action}`,
  on: secret,
  keys: { ...under('aws:ResourceTag', named(roles[of])), ...more },
  gets,
})
const sameTeam = (a: Name, b: Name) => roles[a].team === roles[b].team

page('IAM tutorial: Define permissions to access AWS resources based on tags', [
  {
    shows: 'users assume the roles that have their tags',
    by: arnav,
    identity: {
      Sid: 'Assume',
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: `arn:aws:iam::${account}:role/access-*`,
      Condition: { StringEquals: asPrincipal('iam:ResourceTag') },
    },
    trust: { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' },
    rows: [
      ...names.map(
        (name): Row => ({
          action: 'sts:AssumeRole',
          on: roleArn(name),
          keys: under('iam:ResourceTag', named(roles[name])),
          gets: name === 'access-peg-engineering' ? 'allowed' : 'implicitDeny',
        }),
      ),
      { action: 'sts:AssumeRole', on: roleArn('other-peg'), keys: under('iam:ResourceTag', peg), gets: 'implicitDeny' },
      { action: 'sts:AssumeRole', on: roleArn('access-untagged'), gets: 'implicitDeny' },
    ],
  },
  {
    // The page's table could not be read; the rows vary each tag as its text says.
    shows: 'secrets are made with the tags of the role, and with two more at most',
    by: session('access-peg-engineering'),
    identity: policy,
    rows: [
      creating('without tags', {}, 'implicitDeny'),
      creating('of another project', { ...peg, 'access-project': 'uni' }, 'implicitDeny'),
      creating('of another team', { ...peg, 'access-team': 'qas' }, 'implicitDeny'),
      creating('of another cost centre', { ...peg, 'cost-center': '123456' }, 'implicitDeny'),
      creating('with a tag of no list', { ...peg, owner: 'Jane' }, 'implicitDeny'),
      creating('with a tag of the list', { ...peg, Name: 'Jane' }, 'allowed'),
      creating('with all three', peg, 'allowed'),
      creating('with two of three', { 'access-project': 'peg', 'access-team': 'eng' }, 'implicitDeny'),
    ],
  },
  {
    shows: 'everybody lists all secrets and sees those of the own team',
    identity: policy,
    rows: names.flatMap((by) => [
      { when: `by ${by}`, by: session(by), action: 'secretsmanager:ListSecrets', gets: 'allowed' as const },
      { when: `by ${by}`, by: session(by), action: 'secretsmanager:GetRandomPassword', gets: 'allowed' as const },
      ...names.map((of) => onSecret(by, of, 'DescribeSecret', sameTeam(by, of) ? 'allowed' : 'implicitDeny')),
    ]),
  },
  {
    shows: 'everybody changes and removes the secrets of the own team and project',
    identity: policy,
    rows: names.flatMap((by) =>
      names.flatMap((of) =>
        ['UpdateSecret', 'DeleteSecret'].map((action) =>
          onSecret(by, of, action, by === of ? 'allowed' : 'implicitDeny'),
        ),
      ),
    ),
  },
  {
    shows: 'nobody takes the tags away that decide, or writes policies of secrets',
    identity: policy,
    rows: [
      onSecret('access-peg-engineering', 'access-peg-engineering', 'UntagResource', 'explicitDeny', {
        'aws:TagKeys': ['Name', 'access-team'],
      }),
      onSecret('access-peg-engineering', 'access-peg-engineering', 'UntagResource', 'allowed', {
        'aws:TagKeys': ['Name'],
      }),
      onSecret('access-peg-engineering', 'access-peg-engineering', 'PutResourcePolicy', 'explicitDeny'),
      onSecret('access-peg-engineering', 'access-peg-engineering', 'GetResourcePolicy', 'explicitDeny'),
    ],
  },
  {
    shows: 'a project more needs no other policy',
    by: role('access-cen-engineering', { tags: named({ project: 'cen', team: 'eng', centre: '101010' }) }),
    identity: policy,
    rows: [
      creating('of the new project', named({ project: 'cen', team: 'eng', centre: '101010' }), 'allowed'),
      creating('of the old one', peg, 'implicitDeny'),
      {
        when: 'of the old project',
        action: 'secretsmanager:DescribeSecret',
        on: secret,
        keys: under('aws:ResourceTag', peg),
        gets: 'allowed',
      },
    ],
  },
  {
    shows: 'one user assumes two roles by name',
    by: user('saanvi'),
    identity: {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: [roleArn('access-peg-engineering'), roleArn('access-cen-engineering')],
    },
    trust: { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' },
    rows: [
      { action: 'sts:AssumeRole', on: roleArn('access-peg-engineering'), gets: 'allowed' },
      { action: 'sts:AssumeRole', on: roleArn('access-cen-engineering'), gets: 'allowed' },
      { action: 'sts:AssumeRole', on: roleArn('access-uni-engineering'), gets: 'implicitDeny' },
    ],
  },
])

const instance = `arn:aws:ec2:us-east-1:${account}:instance/i-1`
const tagging = (action: string, tags: Record<string, string>, gets: Row['gets'], on = instance): Row => ({
  when: `with ${JSON.stringify(tags)}`,
  action,
  on,
  keys: { ...under('aws:RequestTag', tags), ...(Object.keys(tags).length > 0 && { 'aws:TagKeys': Object.keys(tags) }) },
  gets,
})

page('Controlling access to AWS resources using tags', [
  {
    shows: 'instances that have the own name as their owner, whatever the case of the tag',
    by: user('richard-roe'),
    identity: [
      {
        Effect: 'Allow',
        Action: ['ec2:StartInstances', 'ec2:StopInstances'],
        Resource: 'arn:aws:ec2:*:*:instance/*',
        Condition: { StringEquals: { 'aws:ResourceTag/Owner': '${aws:username}' } },
      },
      { Effect: 'Allow', Action: 'ec2:DescribeInstances', Resource: '*' },
    ],
    rows: (
      [
        ['Owner', 'richard-roe', 'allowed'],
        ['owner', 'richard-roe', 'allowed'],
        ['owner', 'Richard-Roe', 'implicitDeny'],
        ['holder', 'richard-roe', 'implicitDeny'],
      ] as const
    ).map(([key, value, gets]) => ({
      when: `with ${key}=${value}`,
      action: 'ec2:StartInstances',
      on: instance,
      keys: { [`aws:ResourceTag/${key}`]: value },
      gets,
    })),
  },
  {
    shows: 'one tag of two values is attached, in its own spelling',
    identity: {
      Effect: 'Allow',
      Action: 'ec2:CreateTags',
      Resource: 'arn:aws:ec2:*:*:instance/*',
      Condition: {
        StringEquals: { 'aws:RequestTag/environment': ['preprod', 'production'] },
        'ForAllValues:StringEquals': { 'aws:TagKeys': 'environment' },
      },
    },
    rows: [
      tagging('ec2:CreateTags', { environment: 'preprod' }, 'allowed'),
      tagging('ec2:CreateTags', { environment: 'production' }, 'allowed'),
      tagging('ec2:CreateTags', { environment: 'test' }, 'implicitDeny'),
      tagging('ec2:CreateTags', { Environment: 'preprod' }, 'implicitDeny'),
      tagging('ec2:CreateTags', { environment: 'preprod', team: 'x' }, 'implicitDeny'),
      tagging('ec2:CreateTags', {}, 'implicitDeny'),
    ],
  },
  {
    shows: 'secrets have two tags at most',
    identity: {
      Effect: 'Allow',
      Action: ['secretsmanager:CreateSecret', 'secretsmanager:TagResource'],
      Resource: '*',
      Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['environment', 'cost-center'] } },
    },
    rows: [
      tagging('secretsmanager:CreateSecret', { environment: 'x', 'cost-center': 'y' }, 'allowed', secret),
      tagging('secretsmanager:CreateSecret', { environment: 'x', team: 'y' }, 'implicitDeny', secret),
      tagging('secretsmanager:CreateSecret', {}, 'allowed', secret),
    ],
  },
])

const ann = user('ann').arn
const about = (action: string, key: string, value: string, gets: Row['gets']): Row => ({
  when: `of ${key}=${value}`,
  action,
  on: ann,
  keys: { [key]: value },
  gets,
})

page('Controlling access to and for IAM users and roles using tags', [
  {
    shows: 'users who have left are removed',
    identity: {
      Effect: 'Allow',
      Action: 'iam:DeleteUser',
      Resource: '*',
      Condition: { StringLike: { 'iam:ResourceTag/status': 'terminated' } },
    },
    rows: [
      about('iam:DeleteUser', 'iam:ResourceTag/status', 'terminated', 'allowed'),
      about('iam:DeleteUser', 'iam:ResourceTag/status', 'active', 'implicitDeny'),
      { action: 'iam:DeleteUser', on: ann, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'tags of employees are edited',
    identity: {
      Effect: 'Allow',
      Action: ['iam:ListUserTags', 'iam:TagUser', 'iam:UntagUser'],
      Resource: '*',
      Condition: { StringLike: { 'iam:ResourceTag/jobFunction': 'employee' } },
    },
    rows: [
      about('iam:UntagUser', 'iam:ResourceTag/jobFunction', 'employee', 'allowed'),
      about('iam:UntagUser', 'iam:ResourceTag/jobFunction', 'manager', 'implicitDeny'),
    ],
  },
  {
    shows: 'users get one of two departments',
    identity: {
      Effect: 'Allow',
      Action: 'iam:TagUser',
      Resource: '*',
      Condition: { StringLike: { 'aws:RequestTag/department': ['HR', 'CS'] } },
    },
    rows: [
      tagging('iam:TagUser', { department: 'HR' }, 'allowed', ann),
      tagging('iam:TagUser', { department: 'IT' }, 'implicitDeny', ann),
      tagging('iam:TagUser', {}, 'implicitDeny', ann),
    ],
  },
  {
    shows: 'instances of the own cost centre, whose tags have other names',
    identity: {
      Effect: 'Allow',
      Action: ['ec2:startInstances', 'ec2:stopInstances'],
      Resource: '*',
      Condition: { StringEquals: { 'ec2:ResourceTag/costcenter': '${aws:PrincipalTag/cost-center}' } },
    },
    rows: ['7', '8'].map((centre) => ({
      when: `of 7 for ${centre}`,
      by: user('ann', { tags: { 'cost-center': centre } }),
      action: 'ec2:StartInstances',
      on: instance,
      keys: { 'ec2:ResourceTag/costcenter': '7' },
      gets: centre === '7' ? ('allowed' as const) : ('implicitDeny' as const),
    })),
  },
  {
    shows: 'one tag is taken away',
    identity: {
      Effect: 'Allow',
      Action: 'iam:UntagUser',
      Resource: '*',
      Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['temporary'] } },
    },
    rows: [
      { when: 'it', action: 'iam:UntagUser', on: ann, keys: { 'aws:TagKeys': ['temporary'] }, gets: 'allowed' },
      {
        when: 'it and another',
        action: 'iam:UntagUser',
        on: ann,
        keys: { 'aws:TagKeys': ['temporary', 'x'] },
        gets: 'implicitDeny',
      },
    ],
  },
])
