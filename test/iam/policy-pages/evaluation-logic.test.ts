/** AWS: IAM User Guide, "Policy evaluation logic", "Policy evaluation for requests within a single account", "Policies and permissions in IAM". */
import { account, anonymous, type Example, federated, page, type Row, role, root, user } from './examples.ts'

const carla = user('carla')
const own = 'arn:aws:s3:::carla'
const logs = 'arn:aws:s3:::carla-logs'

const listReads = {
  Sid: 'ListReads',
  Effect: 'Allow',
  Action: ['s3:GetBucketLocation', 's3:GetAccountPublicAccessBlock', 's3:ListAccessPoints', 's3:ListAllMyBuckets'],
  Resource: 'arn:aws:s3:::*',
}
const ownBucket = { Sid: 'OwnBucket', Effect: 'Allow', Action: 's3:*', Resource: [`${own}/*`, own] }
const noLogs = { Sid: 'NoLogs', Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::*log*' }
const forCarla = { Effect: 'Allow', Principal: { AWS: carla.arn }, Action: 's3:*', Resource: [`${own}/*`, own] }

page('Policy evaluation logic', [
  {
    shows: 'a user with a bucket of her own may use it, list all buckets, and touch no bucket for logs',
    by: carla,
    identity: [listReads, ownBucket, noLogs],
    resource: forCarla,
    rows: [
      { action: 's3:PutObject', on: `${logs}/file`, gets: 'explicitDeny' },
      { action: 's3:PutObject', on: `${own}/file`, gets: 'allowed' },
      { action: 's3:ListAllMyBuckets', on: 'arn:aws:s3:::*', gets: 'allowed' },
      { action: 's3:GetBucketLocation', on: 'arn:aws:s3:::other', gets: 'allowed' },
      { action: 's3:GetObject', on: 'arn:aws:s3:::other/file', gets: 'implicitDeny' },
      { when: 'of somebody else', by: user('dora'), action: 's3:DeleteBucket', on: logs, gets: 'explicitDeny' },
    ],
  },
  {
    shows: 'the bucket policy alone suffices for whom it names',
    resource: forCarla,
    rows: [
      { by: carla, action: 's3:PutObject', on: `${own}/file`, gets: 'allowed' },
      { by: user('dora'), when: 'of another user', action: 's3:PutObject', on: `${own}/file`, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'the identity policy alone suffices',
    by: carla,
    identity: ownBucket,
    rows: [{ action: 's3:PutObject', on: `${own}/file`, gets: 'allowed' }],
  },
  {
    shows: 'a deny in the bucket policy outweighs the identity policy',
    by: carla,
    identity: ownBucket,
    resource: { ...forCarla, Effect: 'Deny' },
    rows: [{ action: 's3:PutObject', on: `${own}/file`, gets: 'explicitDeny' }],
  },
  {
    shows:
      'what may be read in IAM is allowed, the rest is denied implicitly and reports explicitly, whoever allows them',
    identity: [
      { Sid: 'GetAndList', Effect: 'Allow', Action: ['iam:Get*', 'iam:List*'], Resource: '*' },
      { Sid: 'NoReports', Effect: 'Deny', Action: 'iam:*Report', Resource: '*' },
      { Sid: 'Another', Effect: 'Allow', Action: 'iam:GenerateCredentialReport', Resource: '*' },
    ],
    rows: [
      { action: 'iam:GetUser', on: carla.arn, gets: 'allowed' },
      { action: 'iam:ListRoles', gets: 'allowed' },
      { action: 'iam:CreatePolicy', on: `arn:aws:iam::${account}:policy/p`, gets: 'implicitDeny' },
      { action: 'iam:GetOrganizationsAccessReport', gets: 'explicitDeny' },
      { action: 'iam:GenerateCredentialReport', gets: 'explicitDeny' },
    ],
  },
  {
    shows: 'by default everybody is denied, but for the root user',
    rows: [
      { by: carla, action: 's3:GetObject', on: `${own}/file`, gets: 'implicitDeny' },
      { by: role('R'), when: 'of a role session', action: 's3:GetObject', on: `${own}/file`, gets: 'implicitDeny' },
      { by: anonymous, when: 'of nobody', action: 's3:GetObject', on: `${own}/file`, gets: 'implicitDeny' },
      { by: root(), when: 'of root', action: 's3:GetObject', on: `${own}/file`, gets: 'allowed' },
    ],
  },
])

// ---- section: the table "Resource-based policies and implicit denies in other policy types (same account)"

const session = role('R', { session: 's' })
const guest = federated('guest', carla)
const elsewhere = { Effect: 'Allow', Action: 'sqs:*', Resource: '*' }
const thing = { action: 's3:GetObject', on: `${own}/file` }

/** A bucket policy that names the principal, and which of the other kinds of policy allow nothing to the point. */
const implicitly = (
  shows: string,
  by: Example['by'] & object,
  AWS: string,
  gets: Row['gets'],
  others: Pick<Example, 'identity' | 'boundary' | 'session'>,
): Example => ({
  shows,
  by,
  ...others,
  resource: { Effect: 'Allow', Principal: { AWS }, Action: 's3:GetObject', Resource: `${own}/*` },
  rows: [{ ...thing, gets }],
})

page('Policy evaluation for requests within a single account', [
  implicitly('a user ARN overcomes implicit denies of identity policy and boundary', carla, carla.arn, 'allowed', {
    identity: elsewhere,
    boundary: elsewhere,
  }),
  implicitly('a role ARN needs no identity policy', session, session.roleArn!, 'allowed', { identity: elsewhere }),
  implicitly('a role ARN is limited by a boundary', session, session.roleArn!, 'implicitDeny', {
    boundary: elsewhere,
  }),
  implicitly('a role ARN is limited by a session policy', session, session.roleArn!, 'implicitDeny', {
    session: elsewhere,
  }),
  implicitly('a session ARN overcomes implicit denies of all three', session, session.arn, 'allowed', {
    identity: elsewhere,
    boundary: elsewhere,
    session: elsewhere,
  }),
  implicitly('the ARN of a federated user overcomes implicit denies of all three', guest, guest.arn, 'allowed', {
    identity: elsewhere,
    boundary: elsewhere,
    session: elsewhere,
  }),
  implicitly('the ARN of the user who federated is limited by the boundary', guest, carla.arn, 'implicitDeny', {
    boundary: elsewhere,
    session: { ...elsewhere, Action: '*' },
  }),
  implicitly('the ARN of the user who federated is limited by the session policy', guest, carla.arn, 'implicitDeny', {
    session: elsewhere,
  }),
])

// ---- section: session policies, and examples of the syntax

const everything = { Effect: 'Allow', Action: '*', Resource: '*' }

page('Policies and permissions in IAM', [
  {
    shows: 'a session of a role may do what both its role and the session policy allow',
    by: session,
    identity: { Effect: 'Allow', Action: ['s3:*', 'sqs:*'], Resource: '*' },
    session: { Effect: 'Allow', Action: ['s3:GetObject', 'sns:*'], Resource: '*' },
    rows: [
      { ...thing, gets: 'allowed' },
      { action: 's3:PutObject', on: `${own}/file`, gets: 'implicitDeny' },
      { action: 'sns:Publish', on: `arn:aws:sns:us-east-1:${account}:t`, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'a federated user without session policy may do nothing',
    by: guest,
    identity: everything,
    rows: [{ ...thing, gets: 'implicitDeny' }],
  },
  {
    shows: 'a boundary, an identity policy and a session policy must all three allow',
    by: session,
    identity: everything,
    boundary: { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: '*' },
    session: { Effect: 'Allow', Action: ['s3:GetObject', 's3:DeleteObject'], Resource: '*' },
    rows: [
      { ...thing, gets: 'allowed' },
      { action: 's3:PutObject', on: `${own}/file`, gets: 'implicitDeny' },
      { action: 's3:DeleteObject', on: `${own}/file`, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'three statements allow three things, one of them with a second factor only',
    identity: [
      { Sid: 'First', Effect: 'Allow', Action: ['iam:ChangePassword'], Resource: '*' },
      { Sid: 'Second', Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' },
      {
        Sid: 'Third',
        Effect: 'Allow',
        Action: ['s3:List*', 's3:Get*'],
        Resource: ['arn:aws:s3:::secrets', 'arn:aws:s3:::secrets/*'],
        Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
      },
    ],
    rows: [
      { by: carla, action: 'iam:ChangePassword', on: carla.arn, gets: 'allowed' },
      { by: carla, action: 's3:ListAllMyBuckets', on: 'arn:aws:s3:::*', gets: 'allowed' },
      { by: carla, action: 's3:GetObject', on: 'arn:aws:s3:::secrets/x', gets: 'implicitDeny' },
      {
        when: 'with a second factor',
        by: { ...carla, issuedAt: 1, mfaAt: 1 },
        action: 's3:GetObject',
        on: 'arn:aws:s3:::secrets/x',
        gets: 'allowed',
      },
      {
        when: 'with a session without one',
        by: { ...carla, issuedAt: 1 },
        action: 's3:ListBucket',
        on: 'arn:aws:s3:::secrets',
        gets: 'implicitDeny',
      },
    ],
  },
  {
    shows: 'an identity policy may allow to list one bucket',
    identity: { Effect: 'Allow', Action: 's3:ListBucket', Resource: own },
    rows: [
      { action: 's3:ListBucket', on: own, gets: 'allowed' },
      { action: 's3:ListBucket', on: 'arn:aws:s3:::other', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'a bucket policy that trusts the account leaves it to the account to allow its users',
    resource: {
      Sid: '1',
      Effect: 'Allow',
      Principal: { AWS: [`arn:aws:iam::${account}:root`] },
      Action: 's3:*',
      Resource: [own, `${own}/*`],
    },
    rows: [{ ...thing, by: carla, gets: 'implicitDeny' }],
  },
  {
    shows: 'a bucket policy that trusts the account and an identity policy allow',
    by: carla,
    identity: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' },
    resource: { Effect: 'Allow', Principal: { AWS: account }, Action: 's3:*', Resource: [own, `${own}/*`] },
    rows: [{ ...thing, gets: 'allowed' }],
  },
])
