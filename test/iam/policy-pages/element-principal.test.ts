/** AWS: IAM User Guide, "AWS JSON policy elements": Principal, NotPrincipal. */
import { account, anonymous, elsewhere, federated, outsider, page, role, root, user } from './examples.ts'

const bucket = 'arn:aws:s3:::shelf'
const get = { action: 's3:GetObject', on: `${bucket}/x` }
const granting = (Principal: unknown) => ({
  Effect: 'Allow',
  Principal,
  Action: 's3:GetObject',
  Resource: `${bucket}/*`,
})
const reads = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }
const canonicalId = '0123456789abcdef'.repeat(4)
const [bob, eve] = [user('bob'), user('eve')]
const third = '555566667777'

page('AWS JSON policy elements: Principal', [
  {
    shows: 'several accounts are one or the other',
    identity: reads,
    resource: granting({ AWS: [elsewhere, third] }),
    rows: [
      { ...get, when: 'of the first', by: user('a', { of: elsewhere }), gets: 'allowed' },
      { ...get, when: 'of the second', by: user('a', { of: third }), gets: 'allowed' },
      { ...get, when: 'of one more', by: user('a', { of: '999900001111' }), gets: 'implicitDeny' },
    ],
  },
  ...[`arn:aws:iam::${elsewhere}:root`, elsewhere].map((AWS) => ({
    shows: `the account as ${AWS} is not its root user only`,
    identity: reads,
    resource: granting({ AWS }),
    rows: [
      { ...get, when: 'of a user', by: user('a', { of: elsewhere }), gets: 'allowed' as const },
      { ...get, when: 'of root', by: root(elsewhere), gets: 'allowed' as const },
    ],
  })),
  {
    shows: 'a bucket policy names accounts in three ways at once',
    identity: reads,
    resource: granting({ AWS: [`arn:aws:iam::${elsewhere}:root`, third], CanonicalUser: canonicalId }),
    rows: [
      { ...get, when: 'of the first', by: user('a', { of: elsewhere }), gets: 'allowed' },
      { ...get, when: 'of the second', by: user('a', { of: third }), gets: 'allowed' },
      {
        ...get,
        when: 'of the third',
        as: { kind: 'user', account: '999900001111', arn: 'x', userId: 'AIDAX', canonicalId },
        gets: 'allowed',
      },
    ],
  },
  {
    shows: 'a role is named by its ARN, a session by its own',
    resource: [
      { ...granting({ AWS: `arn:aws:iam::${account}:role/Reader` }), Resource: `${bucket}/role/*` },
      { ...granting({ AWS: `arn:aws:sts::${account}:assumed-role/Reader/ann` }), Resource: `${bucket}/session/*` },
    ],
    rows: [
      { by: role('Reader', { session: 'ann' }), action: 's3:GetObject', on: `${bucket}/role/x`, gets: 'allowed' },
      { by: role('Reader', { session: 'ann' }), action: 's3:GetObject', on: `${bucket}/session/x`, gets: 'allowed' },
      {
        by: role('Reader', { session: 'ben' }),
        action: 's3:GetObject',
        on: `${bucket}/session/y`,
        gets: 'implicitDeny',
      },
      { by: role('Writer', { session: 'ann' }), action: 's3:GetObject', on: `${bucket}/role/y`, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'a grant to everyone for a role by aws:PrincipalArn is limited by no implicit deny, only by an explicit one',
    by: role('Reader'),
    boundary: { Effect: 'Allow', Action: 'sqs:*', Resource: '*' },
    session: [
      { Effect: 'Allow', Action: 'sqs:*', Resource: '*' },
      { Effect: 'Deny', Action: 's3:*', Resource: `${bucket}/denied` },
    ],
    resource: {
      ...granting('*'),
      Condition: { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${account}:role/Reader` } },
    },
    rows: [
      { ...get, gets: 'allowed' },
      { action: 's3:GetObject', on: `${bucket}/denied`, gets: 'explicitDeny' },
      { ...get, when: 'of another role', by: role('Writer'), gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'the name of a user is case-sensitive, and several are one or the other',
    resource: granting({ AWS: [bob.arn, user('ann').arn] }),
    rows: [
      { ...get, when: 'of the one', by: bob, gets: 'allowed' },
      { ...get, when: 'of the other', by: user('ann'), gets: 'allowed' },
      { ...get, when: 'of a namesake in capitals', by: user('Bob'), gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'a federated user is named by the ARN of the session',
    resource: granting({ AWS: `arn:aws:sts::${account}:federated-user/guest` }),
    rows: [
      { ...get, when: 'of the guest', by: federated('guest', bob), gets: 'allowed' },
      { ...get, when: 'of another', by: federated('other', bob), gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'several services may assume a role',
    trust: {
      Effect: 'Allow',
      Principal: { Service: ['ecs.amazonaws.com', 'elasticloadbalancing.amazonaws.com'] },
      Action: 'sts:AssumeRole',
    },
    rows: [
      ...['ecs', 'elasticloadbalancing'].map((name) => ({
        when: `by ${name}`,
        as: outsider('service', `${name}.amazonaws.com`),
        action: 'sts:AssumeRole',
        gets: 'allowed' as const,
      })),
      { when: 'by ec2', as: outsider('service', 'ec2.amazonaws.com'), action: 'sts:AssumeRole', gets: 'implicitDeny' },
    ],
  },
  ...['cognito-identity.amazonaws.com', 'www.amazon.com', 'graph.facebook.com', 'accounts.google.com'].map((name) => ({
    shows: `bearers of tokens of ${name} are named by it`,
    trust: {
      Effect: 'Allow',
      Principal: { Federated: name },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${name}:aud`]: 'app' } },
    },
    rows: [
      {
        action: 'sts:AssumeRoleWithWebIdentity',
        as: outsider('web-identity', name),
        keys: { [`${name}:aud`]: 'app' },
        gets: 'allowed' as const,
      },
      {
        when: 'of another provider',
        action: 'sts:AssumeRoleWithWebIdentity',
        as: outsider('web-identity', 'login.example.com'),
        keys: { [`${name}:aud`]: 'app' },
        gets: 'implicitDeny' as const,
      },
    ],
  })),
  {
    shows: 'bearers of SAML assertions are named by the ARN of their provider',
    trust: {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${account}:saml-provider/corp` },
      Action: 'sts:AssumeRoleWithSAML',
    },
    rows: [
      {
        action: 'sts:AssumeRoleWithSAML',
        as: outsider('saml', `arn:aws:iam::${account}:saml-provider/corp`),
        gets: 'allowed',
      },
      {
        when: 'of another provider',
        action: 'sts:AssumeRoleWithSAML',
        as: outsider('saml', `arn:aws:iam::${account}:saml-provider/other`),
        gets: 'implicitDeny',
      },
    ],
  },
  ...['*', { AWS: '*' }].map((Principal) => ({
    shows: `everybody is ${JSON.stringify(Principal)}: nobody in particular, own users, and others with a policy of their own`,
    resource: granting(Principal),
    rows: [
      { ...get, when: 'unsigned', by: anonymous, gets: 'allowed' as const },
      { ...get, when: 'of an own user', by: bob, gets: 'allowed' as const },
      { ...get, when: 'of an own role', by: role('R'), gets: 'allowed' as const },
      { ...get, when: 'of a foreign user', by: user('a', { of: elsewhere }), gets: 'implicitDeny' as const },
    ],
  })),
  {
    shows: 'a deny for everyone but one principal, by a condition on aws:PrincipalArn',
    identity: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    resource: {
      Sid: 'OnlyBob',
      Effect: 'Deny',
      Action: 's3:*',
      Principal: '*',
      Resource: [`${bucket}/*`, bucket],
      Condition: { ArnNotEquals: { 'aws:PrincipalArn': bob.arn } },
    },
    rows: [
      { ...get, when: 'of that one', by: bob, gets: 'allowed' },
      { ...get, when: 'of another', by: eve, gets: 'explicitDeny' },
      { ...get, when: 'unsigned', by: anonymous, gets: 'explicitDeny' },
      { ...get, when: 'of root', by: root(), gets: 'explicitDeny' },
    ],
  },
])

const foreignBob = user('bob', { of: elsewhere })
const auditor = role('audit-read', { of: elsewhere, session: 'audit-app' })

page('AWS JSON policy elements: NotPrincipal', [
  {
    shows: 'everybody but one user and the root of that account is denied',
    identity: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    resource: [
      { ...granting({ AWS: foreignBob.arn }), Action: 's3:*', Resource: [bucket, `${bucket}/*`] },
      {
        Effect: 'Deny',
        NotPrincipal: { AWS: [foreignBob.arn, `arn:aws:iam::${elsewhere}:root`] },
        Action: 's3:*',
        Resource: [bucket, `${bucket}/*`],
      },
    ],
    rows: [
      { ...get, when: 'of that user', by: foreignBob, gets: 'allowed' },
      { ...get, when: 'of a user of the same account', by: user('al', { of: elsewhere }), gets: 'explicitDeny' },
      { ...get, when: 'of a user at home', by: eve, gets: 'explicitDeny' },
      { ...get, when: 'unsigned', by: anonymous, gets: 'explicitDeny' },
    ],
  },
  {
    shows: 'what is not denied is not allowed yet',
    resource: {
      Effect: 'Deny',
      NotPrincipal: { AWS: [bob.arn, `arn:aws:iam::${account}:root`] },
      Action: 's3:*',
      Resource: `${bucket}/*`,
    },
    rows: [{ ...get, by: bob, gets: 'implicitDeny' }],
  },
  {
    shows: 'without the account the user is denied through it',
    by: bob,
    identity: reads,
    resource: { Effect: 'Deny', NotPrincipal: { AWS: bob.arn }, Action: 's3:*', Resource: `${bucket}/*` },
    rows: [{ ...get, gets: 'explicitDeny' }],
  },
  {
    shows: 'everybody but one session, its role and its account is denied',
    identity: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    resource: [
      { ...granting({ AWS: elsewhere }) },
      {
        Effect: 'Deny',
        NotPrincipal: { AWS: [auditor.arn, auditor.roleArn, `arn:aws:iam::${elsewhere}:root`] },
        Action: 's3:*',
        Resource: [bucket, `${bucket}/*`],
      },
    ],
    rows: [
      { ...get, when: 'of that session', by: auditor, gets: 'allowed' },
      {
        ...get,
        when: 'of another session of the role',
        by: role('audit-read', { of: elsewhere, session: 'other' }),
        gets: 'explicitDeny',
      },
      {
        ...get,
        when: 'of another role',
        by: role('other', { of: elsewhere, session: 'audit-app' }),
        gets: 'explicitDeny',
      },
    ],
  },
  {
    shows: 'with Allow it lets everybody else in, those without a name too',
    resource: { Effect: 'Allow', NotPrincipal: { AWS: bob.arn }, Action: 's3:GetObject', Resource: `${bucket}/*` },
    rows: [
      { ...get, when: 'of the one', by: bob, gets: 'implicitDeny' },
      { ...get, when: 'unsigned', by: anonymous, gets: 'allowed' },
    ],
  },
])
