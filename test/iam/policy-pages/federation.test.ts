/**
 * AWS: Cognito Developer Guide, "IAM roles", "Role trust and permissions", "Role-based access control", "Using attributes for
 * access control policy example"; IAM User Guide, "Create a role for OpenID Connect federation", "IAM and AWS STS condition
 * context keys".
 */
import { guestPolicies } from '../../../src/sts/guest-policies.ts'
import { account, outsider, page, type Row, role, user } from './examples.ts'

const cognito = 'cognito-identity.amazonaws.com'
const pool = 'us-east-1:12345678-corner-cafe-123456790ab'
const other = 'us-east-1:98765432-dcba-dcba-dcba-123456790ab'
const identity = 'us-east-1:12345678-1234-1234-1234-123456790ab'
const enter = 'sts:AssumeRoleWithWebIdentity'
const trusting = (Condition: object, Action: string | string[] = enter) => ({
  Effect: 'Allow',
  Principal: { Federated: cognito },
  Action,
  Condition,
})
const amr = (...values: string[]) => ({ [`${cognito}:amr`]: values })
const bearer = (when: string, methods: string[], gets: Row['gets'], more: Record<string, string> = {}): Row => ({
  ...{ when, gets },
  as: outsider('web-identity', cognito),
  action: enter,
  keys: { [`${cognito}:aud`]: pool, [`${cognito}:sub`]: identity, ...amr(...methods), ...more },
})
const ofPool = (...pools: string[]) => ({ StringEquals: { [`${cognito}:aud`]: pools } })
const by = (method: string) => ({ ...ofPool(pool), 'ForAnyValue:StringLike': { [`${cognito}:amr`]: method } })

page('Role trust and permissions', [
  {
    shows: 'guests of one pool',
    trust: trusting(by('unauthenticated')),
    rows: [
      bearer('of a guest', ['unauthenticated'], 'allowed'),
      bearer('of a user', ['authenticated', 'graph.facebook.com'], 'implicitDeny'),
      bearer('of another pool', ['unauthenticated'], 'implicitDeny', { [`${cognito}:aud`]: other }),
    ],
  },
  {
    shows: 'users of one pool',
    trust: trusting(by('authenticated')),
    rows: [
      bearer('of a user', ['authenticated', 'accounts.google.com'], 'allowed'),
      bearer('of a guest', ['unauthenticated'], 'implicitDeny'),
      bearer('of another pool', ['authenticated'], 'implicitDeny', { [`${cognito}:aud`]: other }),
    ],
  },
  {
    shows: 'users who came by Facebook',
    trust: trusting(by('graph.facebook.com')),
    rows: [
      bearer('by it', ['authenticated', 'graph.facebook.com'], 'allowed'),
      bearer('by another', ['authenticated', 'accounts.google.com'], 'implicitDeny'),
    ],
  },
])

const citizen = (tags: Record<string, string> = {}, methods = ['authenticated']) =>
  role('App', {
    session: 'CognitoIdentityCredentials',
    provider: cognito,
    tags,
    keys: { [`${cognito}:aud`]: pool, [`${cognito}:sub`]: identity, ...amr(...methods) },
  })
const allow = (Action: string | string[], Resource: string | string[], Condition?: object) => ({
  Effect: 'Allow',
  ...{ Action, Resource },
  ...(Condition && { Condition }),
})
const sub = `\${${cognito}:sub}`
const sync = `arn:aws:cognito-sync:us-east-1:${account}:identitypool`

page('IAM roles', [
  {
    shows: 'one role serves two pools',
    trust: trusting(ofPool(pool, other)),
    rows: [
      bearer('of the first', ['authenticated'], 'allowed'),
      bearer('of the second', ['authenticated'], 'allowed', { [`${cognito}:aud`]: other }),
      bearer('of a third', ['authenticated'], 'implicitDeny', { [`${cognito}:aud`]: 'us-east-1:x' }),
    ],
  },
  {
    shows: 'certain identities',
    trust: trusting({ StringEquals: { [`${cognito}:aud`]: pool, [`${cognito}:sub`]: [identity, 'us-east-1:two'] } }),
    rows: [
      bearer('of one', ['authenticated'], 'allowed'),
      bearer('of a third', ['authenticated'], 'implicitDeny', { [`${cognito}:sub`]: 'us-east-1:three' }),
    ],
  },
  {
    shows: "users of the developer's own provider",
    trust: trusting(by('login.myprovider.myapp')),
    rows: [
      bearer('by it', ['authenticated', 'login.myprovider.myapp'], 'allowed'),
      bearer('by another', ['authenticated', 'login.other.app'], 'implicitDeny'),
    ],
  },
  {
    shows: 'guests reach the services of the list, whatever their role says',
    by: citizen({}, ['unauthenticated']),
    identity: allow('*', '*'),
    session: guestPolicies.flatMap((text) => (JSON.parse(text) as { Statement: object[] }).Statement),
    rows: [
      ...(
        [
          ...['appsync:GraphQL', 'cloudwatch:PutMetricData', 'cognito-identity:GetId', 'cognito-sync:ListRecords'],
          ...['comprehend:DetectSentiment', 'dynamodb:GetItem', 'gamelift:CreatePlayerSession', 'iot:Publish'],
          ...['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey', 'firehose:PutRecord', 'kinesis:PutRecord'],
          ...['lambda:InvokeFunction', 'lex:PostText', 'geo:GetMapTile', 'machinelearning:Predict'],
          ...['mobileanalytics:PutEvents', 'mobiletargeting:PutEvents', 'polly:SynthesizeSpeech', 's3:GetObject'],
          ...['rekognition:DetectFaces', 'sdb:Select', 'ses:SendEmail', 'sns:Publish', 'sqs:SendMessage'],
          ...['transcribe:StartTranscriptionJob', 'translate:TranslateText', 'sagemaker:InvokeEndpoint'],
          ...['textract:DetectDocumentText', 'textract:AnalyzeDocument'],
        ] as const
      ).map((action): Row => ({ action, gets: 'allowed' })),
      ...[
        'ec2:RunInstances',
        'iam:ListUsers',
        'kms:ScheduleKeyDeletion',
        'sagemaker:CreateModel',
        'textract:GetDocumentAnalysis',
        'sts:AssumeRole',
      ].map((action): Row => ({ action, gets: 'implicitDeny' })),
    ],
  },
  {
    shows: 'example 1: one object',
    by: citizen(),
    identity: allow(['s3:GetObject'], ['arn:aws:s3:::shelf/assets/my_picture.jpg']),
    rows: [
      { action: 's3:GetObject', on: 'arn:aws:s3:::shelf/assets/my_picture.jpg', gets: 'allowed' },
      { action: 's3:GetObject', on: 'arn:aws:s3:::shelf/assets/other.jpg', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'example 2: a folder for each identity',
    by: citizen(),
    identity: [
      allow(['s3:ListBucket'], ['arn:aws:s3:::shelf'], { StringLike: { 's3:prefix': [`${sub}/*`] } }),
      allow(['s3:GetObject', 's3:PutObject'], [`arn:aws:s3:::shelf/${sub}/*`]),
    ],
    rows: [
      { action: 's3:ListBucket', on: 'arn:aws:s3:::shelf', keys: { 's3:prefix': `${identity}/` }, gets: 'allowed' },
      {
        when: 'of all',
        action: 's3:ListBucket',
        on: 'arn:aws:s3:::shelf',
        keys: { 's3:prefix': '' },
        gets: 'implicitDeny',
      },
      { action: 's3:PutObject', on: `arn:aws:s3:::shelf/${identity}/x`, gets: 'allowed' },
      { action: 's3:PutObject', on: 'arn:aws:s3:::shelf/us-east-1:two/x', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'example 3: items for each identity',
    by: citizen(),
    identity: allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [`arn:aws:dynamodb:us-west-2:${account}:table/MyTable`], {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [sub] },
    }),
    rows: [identity, 'us-east-1:two'].map((key) => ({
      when: `of ${key}`,
      action: 'dynamodb:GetItem',
      on: `arn:aws:dynamodb:us-west-2:${account}:table/MyTable`,
      keys: { 'dynamodb:LeadingKeys': [key] },
      gets: key === identity ? ('allowed' as const) : ('implicitDeny' as const),
    })),
  },
  {
    shows: 'examples 4 and 5: one function and one stream',
    by: citizen(),
    identity: [
      allow('lambda:InvokeFunction', [`arn:aws:lambda:us-west-2:${account}:function:MyFunction`]),
      allow('kinesis:PutRecord', [`arn:aws:kinesis:us-east-1:${account}:stream/stream1`]),
    ],
    rows: [
      {
        action: 'lambda:InvokeFunction',
        on: `arn:aws:lambda:us-west-2:${account}:function:MyFunction`,
        gets: 'allowed',
      },
      {
        action: 'lambda:InvokeFunction',
        on: `arn:aws:lambda:us-west-2:${account}:function:Other`,
        gets: 'implicitDeny',
      },
      { action: 'kinesis:PutRecord', on: `arn:aws:kinesis:us-east-1:${account}:stream/stream1`, gets: 'allowed' },
      { action: 'kinesis:GetRecords', on: `arn:aws:kinesis:us-east-1:${account}:stream/stream1`, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'example 6: the own data of Cognito Sync',
    by: citizen(),
    identity: allow('cognito-sync:*', [`${sync}/\${${cognito}:aud}/identity/${sub}/*`]),
    rows: [
      { action: 'cognito-sync:UpdateRecords', on: `${sync}/${pool}/identity/${identity}/dataset/d`, gets: 'allowed' },
      {
        action: 'cognito-sync:UpdateRecords',
        on: `${sync}/${pool}/identity/us-east-1:two/dataset/d`,
        gets: 'implicitDeny',
      },
      {
        action: 'cognito-sync:UpdateRecords',
        on: `${sync}/${other}/identity/${identity}/dataset/d`,
        gets: 'implicitDeny',
      },
    ],
  },
])

page('Role-based access control', [
  {
    shows: 'one role may be passed',
    identity: allow(['iam:PassRole'], [`arn:aws:iam::${account}:role/myS3WriteAccessRole`]),
    rows: [
      { action: 'iam:PassRole', on: `arn:aws:iam::${account}:role/myS3WriteAccessRole`, gets: 'allowed' },
      { action: 'iam:PassRole', on: `arn:aws:iam::${account}:role/other`, gets: 'implicitDeny' },
    ],
  },
])

page('Using attributes for access control policy example', [
  {
    shows: 'buckets of the own department are listed, and files of the own clearance read',
    by: citizen({ department: 'legal', clearance: 'confidential' }),
    identity: [
      allow('s3:List*', 'arn:aws:s3:::*-${aws:PrincipalTag/department}'),
      allow('s3:GetObject*', 'arn:aws:s3:::*-${aws:PrincipalTag/department}/*', {
        StringEquals: { 's3:ExistingObjectTag/clearance': '${aws:PrincipalTag/clearance}' },
      }),
    ],
    rows: [
      { action: 's3:ListBucket', on: 'arn:aws:s3:::files-legal', gets: 'allowed' },
      { action: 's3:ListBucket', on: 'arn:aws:s3:::files-sales', gets: 'implicitDeny' },
      {
        when: 'of the same',
        action: 's3:GetObject',
        on: 'arn:aws:s3:::files-legal/x',
        keys: { 's3:ExistingObjectTag/clearance': 'confidential' },
        gets: 'allowed',
      },
      {
        when: 'of a higher',
        action: 's3:GetObject',
        on: 'arn:aws:s3:::files-legal/x',
        keys: { 's3:ExistingObjectTag/clearance': 'secret' },
        gets: 'implicitDeny',
      },
      { when: 'of none', action: 's3:GetObject', on: 'arn:aws:s3:::files-legal/x', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'sessions with tags need two permissions of the trust policy',
    trust: trusting(by('authenticated'), [enter, 'sts:TagSession']),
    rows: [
      bearer('of a user', ['authenticated'], 'allowed'),
      { ...bearer('of a user', ['authenticated'], 'allowed'), action: 'sts:TagSession' },
      { ...bearer('of a guest', ['unauthenticated'], 'implicitDeny'), action: 'sts:TagSession' },
    ],
  },
])

const providers = [
  ['www.amazon.com', 'app_id', 'amzn1.application-oa2-123456'],
  ['graph.facebook.com', 'app_id', '111222333444555'],
  ['accounts.google.com', 'aud', '666777888999000'],
  [cognito, 'aud', pool],
  [`arn:aws:iam::${account}:oidc-provider/server.example.com`, 'aud', 'appid_from_oidc_idp'],
] as const

page('Create a role for OpenID Connect federation', [
  ...providers.map(([provider, key, app]) => {
    const name = `${provider.split('/').at(-1)}:${key}`
    return {
      shows: `an app of ${provider}`,
      trust: {
        Effect: 'Allow',
        Principal: { Federated: provider },
        Action: enter,
        Condition: { StringEquals: { [name]: app } },
      },
      rows: [
        { action: enter, as: outsider('web-identity', provider), keys: { [name]: app }, gets: 'allowed' as const },
        {
          when: 'for another app',
          action: enter,
          as: outsider('web-identity', provider),
          keys: { [name]: 'x' },
          gets: 'implicitDeny' as const,
        },
        {
          when: 'of another provider',
          action: enter,
          as: outsider('web-identity', 'x.example'),
          keys: { [name]: app },
          gets: 'implicitDeny' as const,
        },
        {
          when: 'by AssumeRole',
          action: 'sts:AssumeRole',
          as: outsider('web-identity', provider),
          keys: { [name]: app },
          gets: 'implicitDeny' as const,
        },
      ],
    }
  }),
])

const google = (aud: string, oaud: string) => ({
  'accounts.google.com:aud': aud,
  'accounts.google.com:oaud': oaud,
  'accounts.google.com:sub': 'sub-value',
})
const visitor = outsider('web-identity', 'accounts.google.com')
const matjac = user('matjac')
const assume = (when: string, gets: Row['gets'], keys: Record<string, string>, more: Partial<Row> = {}): Row => ({
  ...{ when, gets, keys },
  by: matjac,
  action: 'sts:AssumeRole',
  on: `arn:aws:iam::${account}:role/R`,
  ...more,
})
const letsAssume = allow(['sts:AssumeRole', 'sts:SetSourceIdentity'], '*')
const student = (when: string, affiliations: string[] | undefined, gets: Row['gets']): Row => ({
  ...{ when, gets },
  as: outsider('saml', `arn:aws:iam::${account}:saml-provider/corp`),
  action: 'sts:AssumeRoleWithSAML',
  keys: { 'saml:doc': `${account}/corp`, ...(affiliations && { 'saml:edupersonaffiliation': affiliations }) },
})

page('IAM and AWS STS condition context keys', [
  {
    shows: 'iam:AssociatedResourceArn: a role for instances of two regions',
    identity: allow('iam:PassRole', '*', {
      StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' },
      StringLike: {
        'iam:AssociatedResourceARN': ['us-east-1', 'us-west-1'].map(
          (region) => `arn:aws:ec2:${region}:${account}:instance/*`,
        ),
      },
    }),
    rows: (
      [
        ['ec2', 'us-east-1', 'allowed'],
        ['ec2', 'us-west-1', 'allowed'],
        ['ec2', 'us-west-2', 'implicitDeny'],
        ['lambda', 'us-east-1', 'implicitDeny'],
      ] as const
    ).map(([service, region, gets]) => ({
      when: `to ${service} in ${region}`,
      action: 'iam:PassRole',
      keys: {
        'iam:PassedToService': `${service}.amazonaws.com`,
        'iam:AssociatedResourceArn': `arn:aws:ec2:${region}:${account}:instance/i-1`,
      },
      gets,
    })),
  },
  {
    shows: 'Google, where azp is not set',
    trust: { ...trusting({ StringEquals: google('one', 'one') }), Principal: { Federated: 'accounts.google.com' } },
    rows: [
      { action: enter, as: visitor, keys: google('one', 'one'), gets: 'allowed' },
      { when: 'for another', action: enter, as: visitor, keys: google('two', 'two'), gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'Google, where azp is set',
    trust: { ...trusting({ StringEquals: google('azp', 'aud') }), Principal: { Federated: 'accounts.google.com' } },
    rows: [
      { action: enter, as: visitor, keys: google('azp', 'aud'), gets: 'allowed' },
      { when: 'the other way round', action: enter, as: visitor, keys: google('aud', 'azp'), gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'saml:edupersonaffiliation: faculty and staff, not students',
    trust: {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${account}:saml-provider/corp` },
      Action: 'sts:AssumeRoleWithSAML',
      Condition: { 'ForAllValues:StringLike': { 'saml:edupersonaffiliation': ['faculty', 'staff'] } },
    },
    rows: [
      student('of faculty', ['faculty'], 'allowed'),
      student('of both', ['faculty', 'staff'], 'allowed'),
      student('of a student', ['student'], 'implicitDeny'),
      student('of a student on the staff', ['student', 'staff'], 'implicitDeny'),
      student('of whom it does not say', undefined, 'allowed'),
    ],
  },
  {
    shows: 'sts:RoleSessionName: users name their sessions after themselves',
    identity: letsAssume,
    trust: {
      Sid: 'Named',
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Condition: { StringLike: { 'sts:RoleSessionName': '${aws:username}' } },
    },
    rows: [
      assume('as matjac', 'allowed', { 'sts:RoleSessionName': 'matjac' }),
      assume('as another', 'implicitDeny', { 'sts:RoleSessionName': 'other' }),
      assume(
        'of a role',
        'implicitDeny',
        { 'sts:RoleSessionName': 'matjac' },
        { by: role('Chained', { session: 'matjac' }) },
      ),
    ],
  },
  {
    shows: 'sts:SourceIdentity: one user sets one source identity',
    identity: letsAssume,
    trust: {
      Sid: 'Source',
      Effect: 'Allow',
      Principal: { AWS: user('AdminUser').arn },
      Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
      Condition: { StringEquals: { 'sts:SourceIdentity': 'DiegoRamirez' } },
    },
    rows: ['sts:AssumeRole', 'sts:SetSourceIdentity'].flatMap((action) => [
      assume(
        `${action} with it`,
        'allowed',
        { 'sts:SourceIdentity': 'DiegoRamirez' },
        { action, by: user('AdminUser') },
      ),
      assume(
        `${action} with another`,
        'implicitDeny',
        { 'sts:SourceIdentity': 'Saanvi' },
        { action, by: user('AdminUser') },
      ),
      assume(`${action} by another`, 'implicitDeny', { 'sts:SourceIdentity': 'DiegoRamirez' }, { action }),
    ]),
  },
  {
    shows: 'sts:ExternalId: a third party says the agreed word',
    by: user('third', { of: '444455556666' }),
    identity: letsAssume,
    trust: {
      Effect: 'Allow',
      Principal: { AWS: '444455556666' },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': '12345' } },
    },
    rows: [
      assume('with it', 'allowed', { 'sts:ExternalId': '12345' }, { by: user('third', { of: '444455556666' }) }),
      assume(
        'with another',
        'implicitDeny',
        { 'sts:ExternalId': '54321' },
        { by: user('third', { of: '444455556666' }) },
      ),
      assume('without', 'implicitDeny', {}, { by: user('third', { of: '444455556666' }) }),
    ],
  },
])
