/**
 * AWS: S3 User Guide, "Controlling access to a bucket with user policies", "User policy examples"; IAM User Guide,
 * "Example IAM identity-based policies", Amazon S3.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as iamApi from '@aws-sdk/client-iam'
import * as s3Api from '@aws-sdk/client-s3'
import { startTestServer } from '../../support/server.ts'
import { page, type Row, role, temporary, user } from './examples.ts'

const company = 'arn:aws:s3:::company'
const consultants = [
  {
    Sid: 'Buckets',
    Effect: 'Allow',
    Action: ['s3:ListAllMyBuckets', 's3:GetBucketLocation'],
    Resource: ['arn:aws:s3:::*'],
  },
  {
    Sid: 'TopLevel',
    Effect: 'Allow',
    Action: ['s3:ListBucket'],
    Resource: [company],
    Condition: { StringEquals: { 's3:prefix': [''], 's3:delimiter': ['/'] } },
  },
]
const worker = (folder: string) => [
  {
    Sid: 'See',
    Effect: 'Allow',
    Action: ['s3:ListBucket'],
    Resource: [company],
    Condition: { StringLike: { 's3:prefix': [`${folder}/*`] } },
  },
  { Sid: 'Use', Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: [`${company}/${folder}/*`] },
]
const nowhereElse = (folder: string) => ({
  Sid: 'NowhereElse',
  Effect: 'Deny',
  Action: ['s3:ListBucket'],
  Resource: [company],
  Condition: { StringNotLike: { 's3:prefix': [`${folder}/*`, ''] }, Null: { 's3:prefix': false } },
})
const secret = { Sid: 'Private', Effect: 'Deny', Action: ['s3:*'], Resource: [`${company}/Private/*`] }
const noSecretList = {
  Sid: 'PrivateList',
  Effect: 'Deny',
  Action: ['s3:ListBucket'],
  Resource: ['arn:aws:s3:::*'],
  Condition: { StringLike: { 's3:prefix': ['Private/'] } },
}
const wide = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
const listing = (prefix: string | undefined, gets: Row['gets'], delimiter?: string): Row => ({
  when: prefix === undefined ? 'of everything' : `below "${prefix}"${delimiter ?? ''}`,
  action: 's3:ListBucket',
  on: company,
  keys: { ...(prefix !== undefined && { 's3:prefix': prefix }), ...(delimiter && { 's3:delimiter': delimiter }) },
  gets,
})
const object = (action: string, key: string, gets: Row['gets']): Row => ({ action, on: `${company}/${key}`, gets })

page('Controlling access to a bucket with user policies', [
  {
    shows: 'step 3: at first, nothing',
    rows: [{ action: 's3:ListAllMyBuckets', on: 'arn:aws:s3:::*', gets: 'implicitDeny' }],
  },
  {
    shows: 'step 4: the group lists buckets, and the top level of one',
    identity: consultants,
    rows: [
      { action: 's3:ListAllMyBuckets', on: 'arn:aws:s3:::*', gets: 'allowed' },
      listing('', 'allowed', '/'),
      listing('', 'implicitDeny'),
      listing('Development/', 'implicitDeny', '/'),
      listing(undefined, 'implicitDeny'),
      object('s3:GetObject', 's3-dg.pdf', 'implicitDeny'),
    ],
  },
  {
    shows: 'step 5: one user works in one folder',
    identity: [...consultants, ...worker('Development')],
    rows: [
      listing('', 'allowed', '/'),
      listing('Development/', 'allowed', '/'),
      listing('Development/x', 'allowed'),
      listing('Finance/', 'implicitDeny', '/'),
      object('s3:GetObject', 'Development/project1.xls', 'allowed'),
      object('s3:PutObject', 'Development/new', 'allowed'),
      object('s3:DeleteObject', 'Development/new', 'implicitDeny'),
      object('s3:GetObject', 'Finance/tax', 'implicitDeny'),
    ],
  },
  {
    shows: 'step 5.3: other folders are denied, whatever else allows them',
    identity: [wide, nowhereElse('Development')],
    rows: [
      listing('Development/', 'allowed', '/'),
      listing('', 'allowed', '/'),
      listing('Finance/', 'explicitDeny', '/'),
      // The Null of the statement spares requests without the parameter.
      listing(undefined, 'allowed'),
    ],
  },
  {
    shows: 'step 7: the private folder is denied to the group',
    identity: [wide, ...consultants, secret, noSecretList],
    rows: [
      object('s3:GetObject', 'Private/privDoc1.txt', 'explicitDeny'),
      listing('Private/', 'explicitDeny', '/'),
      object('s3:GetObject', 'Finance/tax', 'allowed'),
    ],
  },
])

const shelf = 'arn:aws:s3:::shelf'
const objectActions = [
  's3:PutObject',
  's3:GetObject',
  's3:GetObjectVersion',
  's3:DeleteObject',
  's3:DeleteObjectVersion',
]
const [alice, bob] = [user('Alice'), user('Bob')]

page('User policy examples', [
  {
    shows: 'one of the buckets',
    identity: [
      { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' },
      { Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetBucketLocation'], Resource: shelf },
      {
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:PutObjectAcl', 's3:GetObject', 's3:GetObjectAcl', 's3:DeleteObject'],
        Resource: `${shelf}/*`,
      },
    ],
    rows: [
      { action: 's3:ListAllMyBuckets', on: 'arn:aws:s3:::*', gets: 'allowed' },
      { action: 's3:ListBucket', on: shelf, gets: 'allowed' },
      { action: 's3:DeleteObject', on: `${shelf}/a`, gets: 'allowed' },
      { action: 's3:DeleteBucket', on: shelf, gets: 'implicitDeny' },
      { action: 's3:ListBucket', on: 'arn:aws:s3:::other', gets: 'implicitDeny' },
    ],
  },
  ...(
    [
      ['a folder by its name', 'Alice', alice, 'Alice'],
      ['a folder by the name of the user', '${aws:username}', bob, 'Bob'],
      ['a folder by the id of the user', 'home/${aws:userid}', alice, 'home/AIDAALICE'],
    ] as const
  ).map(([shows, folder, by, own]) => ({
    shows,
    by,
    identity: { Effect: 'Allow', Action: objectActions, Resource: `${shelf}/${folder}/*` },
    rows: [
      ...objectActions.map((action) => ({ action, on: `${shelf}/${own}/x`, gets: 'allowed' as const })),
      { action: 's3:GetObject', on: `${shelf}/Carl/x`, gets: 'implicitDeny' as const },
      { action: 's3:PutObjectAcl', on: `${shelf}/${own}/x`, gets: 'implicitDeny' as const },
    ],
  })),
  {
    shows: 'a folder for each user, in the console',
    by: alice,
    identity: [
      {
        Sid: 'Buckets',
        Effect: 'Allow',
        Action: ['s3:ListAllMyBuckets', 's3:GetBucketLocation'],
        Resource: 'arn:aws:s3:::*',
      },
      {
        Sid: 'Top',
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: company,
        Condition: { StringEquals: { 's3:prefix': [''], 's3:delimiter': ['/'] } },
      },
      {
        Sid: 'Own',
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: company,
        Condition: { StringLike: { 's3:prefix': ['${aws:username}/*'] } },
      },
      { Sid: 'Objects', Effect: 'Allow', Action: objectActions, Resource: `${company}/\${aws:username}/*` },
    ],
    rows: [
      { action: 's3:ListAllMyBuckets', on: 'arn:aws:s3:::*', gets: 'allowed' },
      listing('', 'allowed', '/'),
      listing('Alice/', 'allowed', '/'),
      listing('Bob/', 'implicitDeny', '/'),
      object('s3:PutObject', 'Alice/x', 'allowed'),
      object('s3:PutObject', 'Bob/x', 'implicitDeny'),
    ],
  },
  {
    shows: 'a key with a dollar',
    identity: { Effect: 'Allow', Action: 's3:GetObject', Resource: `${shelf}/my\${$}file` },
    rows: [{ action: 's3:GetObject', on: `${shelf}/my$file`, gets: 'allowed' }],
  },
  {
    shows: 'a folder that a group shares, and one that all may read',
    identity: [
      { Effect: 'Allow', Action: objectActions, Resource: `${shelf}/share/marketing/*` },
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:GetObjectVersion'], Resource: `${shelf}/readonly/*` },
    ],
    rows: [
      { action: 's3:DeleteObject', on: `${shelf}/share/marketing/x`, gets: 'allowed' },
      { action: 's3:GetObject', on: `${shelf}/readonly/x`, gets: 'allowed' },
      { action: 's3:PutObject', on: `${shelf}/readonly/x`, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'a partner drops files in one place and does nothing else',
    identity: [
      wide,
      { Effect: 'Allow', Action: 's3:PutObject', Resource: `${shelf}/uploads/widgets/*` },
      { Effect: 'Deny', Action: 's3:*', NotResource: `${shelf}/uploads/widgets/*` },
    ],
    rows: [
      { action: 's3:PutObject', on: `${shelf}/uploads/widgets/x`, gets: 'allowed' },
      { action: 's3:PutObject', on: `${shelf}/uploads/x`, gets: 'explicitDeny' },
      { action: 's3:ListAllMyBuckets', on: 'arn:aws:s3:::*', gets: 'explicitDeny' },
    ],
  },
])

const identityId = 'us-east-1:0f2c3d4e-1111-2222-3333-444455556666'
const cognito = 'cognito-identity.amazonaws.com'
const citizen = role('App', {
  session: 'CognitoIdentityCredentials',
  provider: cognito,
  keys: { [`${cognito}:sub`]: identityId, [`${cognito}:aud`]: 'us-east-1:pool', [`${cognito}:amr`]: ['authenticated'] },
})
const now = '2026-06-15T12:00:00Z'
const production = 'arn:aws:s3:::production'
const homes = (variable: string) => [
  { Effect: 'Allow', Action: ['s3:ListAllMyBuckets', 's3:GetBucketLocation'], Resource: '*' },
  {
    Effect: 'Allow',
    Action: 's3:ListBucket',
    Resource: company,
    Condition: { StringLike: { 's3:prefix': ['', 'home/', `home/${variable}/*`] } },
  },
  { Effect: 'Allow', Action: 's3:*', Resource: [`${company}/home/${variable}`, `${company}/home/${variable}/*`] },
]
const atHome = (name: string): Row[] => [
  { action: 's3:ListAllMyBuckets', on: 'arn:aws:s3:::*', gets: 'allowed' },
  listing('', 'allowed'),
  listing('home/', 'allowed'),
  listing(`home/${name}/`, 'allowed'),
  listing('home/other/', 'implicitDeny'),
  object('s3:DeleteObject', `home/${name}/x`, 'allowed'),
  object('s3:GetObject', 'home/other/x', 'implicitDeny'),
]

page('Example IAM identity-based policies, Amazon S3', [
  {
    shows: 'users of Cognito have the objects below their identity id',
    by: citizen,
    identity: [
      {
        Sid: 'List',
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: [company],
        Condition: { StringLike: { 's3:prefix': [`cognito/app/\${${cognito}:sub}/*`] } },
      },
      {
        Sid: 'Use',
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
        Resource: [`${company}/cognito/app/\${${cognito}:sub}`, `${company}/cognito/app/\${${cognito}:sub}/*`],
      },
    ],
    rows: [
      listing(`cognito/app/${identityId}/`, 'allowed'),
      listing('cognito/app/', 'implicitDeny'),
      object('s3:PutObject', `cognito/app/${identityId}/x`, 'allowed'),
      object('s3:GetObject', `cognito/app/${identityId}`, 'allowed'),
      object('s3:GetObject', 'cognito/app/us-east-1:other/x', 'implicitDeny'),
      object('s3:GetObject', `cognito/other/${identityId}/x`, 'implicitDeny'),
    ],
  },
  {
    shows: 'federated users have a home directory by role id and session',
    by: role('App', { session: 'John' }),
    identity: homes('${aws:userid}'),
    rows: atHome('AROAAPP:John'),
  },
  {
    shows: 'users of IAM have a home directory by name',
    by: alice,
    identity: homes('${aws:username}'),
    rows: atHome('Alice'),
  },
  {
    shows: 'an administrator needs a recent second factor for one bucket',
    identity: [
      { Sid: 'List', Effect: 'Allow', Action: ['s3:ListAllMyBuckets'], Resource: 'arn:aws:s3:::*' },
      {
        Sid: 'Buckets',
        Effect: 'Allow',
        Action: ['s3:ListBucket', 's3:GetBucketLocation'],
        Resource: 'arn:aws:s3:::*',
      },
      { Sid: 'Objects', Effect: 'Allow', Action: ['s3:PutObject', 's3:GetObject'], Resource: 'arn:aws:s3:::*/*' },
      {
        Sid: 'Factor',
        Effect: 'Deny',
        Action: 's3:*',
        Resource: [`${production}/*`, production],
        Condition: { NumericGreaterThanIfExists: { 'aws:MultiFactorAuthAge': '1800' } },
      },
    ],
    rows: (
      [
        ['with long-term keys', alice, 'explicitDeny'],
        ['without second factor', temporary(alice, now), 'explicitDeny'],
        ['half an hour after', temporary(alice, now, 1800), 'allowed'],
        ['a second later', temporary(alice, now, 1801), 'explicitDeny'],
      ] as const
    ).flatMap(([when, by, gets]) => [
      { when, by, at: now, action: 's3:GetObject', on: `${production}/x`, gets },
      { when: `elsewhere ${when}`, by, at: now, action: 's3:GetObject', on: `${shelf}/x`, gets: 'allowed' as const },
      {
        when: `of all ${when}`,
        by,
        at: now,
        action: 's3:ListAllMyBuckets',
        on: 'arn:aws:s3:::*',
        gets: 'allowed' as const,
      },
    ]),
  },
  {
    shows: 'one bucket is managed, and no other service touched',
    identity: [
      { Effect: 'Allow', Action: 's3:*', Resource: [shelf, `${shelf}/*`] },
      { Effect: 'Deny', NotAction: 's3:*', NotResource: [shelf, `${shelf}/*`] },
      { Sid: 'Elsewhere', Effect: 'Allow', Action: 'ec2:*', Resource: '*' },
    ],
    rows: [
      { action: 's3:PutBucketPolicy', on: shelf, gets: 'allowed' },
      { action: 's3:GetObject', on: `${shelf}/x`, gets: 'allowed' },
      { action: 's3:ListAllMyBuckets', on: 'arn:aws:s3:::*', gets: 'implicitDeny' },
      { action: 'ec2:DescribeInstances', gets: 'explicitDeny' },
    ],
  },
  {
    shows: 'objects of one bucket are read and written, and their bucket is listed',
    identity: [
      {
        Sid: 'Console',
        Effect: 'Allow',
        Action: ['s3:GetAccountPublicAccessBlock', 's3:GetBucketAcl', 's3:GetBucketLocation', 's3:ListAllMyBuckets'],
        Resource: '*',
      },
      { Sid: 'List', Effect: 'Allow', Action: ['s3:ListBucket'], Resource: [shelf] },
      { Sid: 'Objects', Effect: 'Allow', Action: 's3:*Object', Resource: [`${shelf}/*`] },
    ],
    rows: [
      { action: 's3:ListAllMyBuckets', on: 'arn:aws:s3:::*', gets: 'allowed' },
      { action: 's3:ListBucket', on: shelf, gets: 'allowed' },
      ...['GetObject', 'PutObject', 'DeleteObject'].map((name) => ({
        action: `s3:${name}`,
        on: `${shelf}/x`,
        gets: 'allowed' as const,
      })),
      { action: 's3:GetObjectVersion', on: `${shelf}/x`, gets: 'implicitDeny' },
      { action: 's3:GetBucketAcl', on: shelf, gets: 'allowed' },
    ],
  },
])

test('Controlling access to a bucket with user policies: two consultants and their folders, over the wire', async () => {
  const server = await startTestServer()
  const { iam, s3 } = server.clients
  const text = (Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
  const Bucket = 'company'
  const denied = (call: Promise<unknown>, why: RegExp) =>
    assert.rejects(call, (error: Error) => error.name === 'AccessDenied' && why.test(error.message))
  const missing = /because no identity-based policy allows/
  const forbidden = /with an explicit deny in an identity-based policy/
  try {
    await s3.send(new s3Api.CreateBucketCommand({ Bucket }))
    const keys = ['Private/a', 'Development/p 1ü.xls', 'Development/50%25.xls', 'Finance/Tax/d.pdf', 'top.pdf']
    for (const Key of keys) await s3.send(new s3Api.PutObjectCommand({ Bucket, Key, Body: Key }))
    await iam.send(new iamApi.CreateGroupCommand({ GroupName: 'Consultants' }))
    const join = async (UserName: string) => {
      await iam.send(new iamApi.CreateUserCommand({ UserName }))
      await iam.send(new iamApi.AddUserToGroupCommand({ GroupName: 'Consultants', UserName }))
      const { AccessKey } = await iam.send(new iamApi.CreateAccessKeyCommand({ UserName }))
      return server.clientsWith({ accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! })
        .s3
    }
    const give = (statements: object[], UserName?: string) => {
      const PolicyDocument = text(statements)
      return UserName === undefined
        ? iam.send(new iamApi.PutGroupPolicyCommand({ GroupName: 'Consultants', PolicyName: 'p', PolicyDocument }))
        : iam.send(new iamApi.PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
    }
    const [alices, bobs] = [await join('Alice'), await join('Bob')]
    const list = (client: typeof s3, Prefix?: string, Delimiter?: string) =>
      client.send(new s3Api.ListObjectsV2Command({ Bucket, Prefix, Delimiter }))
    const get = async (client: typeof s3, Key: string) =>
      (await client.send(new s3Api.GetObjectCommand({ Bucket, Key }))).Body!.transformToString()

    await denied(
      alices.send(new s3Api.ListBucketsCommand({})),
      /is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action$/,
    )
    await give(consultants)
    const { Buckets } = await alices.send(new s3Api.ListBucketsCommand({}))
    assert.deepEqual(
      Buckets!.map(({ Name }) => Name),
      [Bucket],
    )
    const { CommonPrefixes } = await list(alices, '', '/')
    assert.deepEqual(
      CommonPrefixes!.map(({ Prefix }) => Prefix),
      ['Development/', 'Finance/', 'Private/'],
    )
    const refused = [list(alices), list(alices, ''), list(alices, 'Development/', '/'), get(alices, 'top.pdf')]
    await Promise.all(refused.map((one) => denied(one, missing)))

    await give([...worker('Development'), nowhereElse('Development')], 'Alice')
    await give(worker('Finance'), 'Bob')
    assert.equal((await list(alices, 'Development/', '/')).KeyCount, 2)
    for (const Key of keys.slice(1, 3)) assert.equal(await get(alices, Key), Key)
    await alices.send(new s3Api.PutObjectCommand({ Bucket, Key: 'Development/new/ä?*.txt', Body: 'x' }))
    await denied(alices.send(new s3Api.DeleteObjectCommand({ Bucket, Key: 'Development/p 1ü.xls' })), missing)
    await denied(list(alices, 'Finance/', '/'), forbidden)
    await denied(get(alices, 'Finance/Tax/d.pdf'), missing)
    assert.equal(await get(bobs, 'Finance/Tax/d.pdf'), 'Finance/Tax/d.pdf')
    await denied(get(bobs, 'Development/50%25.xls'), missing)

    await give([...consultants, wide, secret, noSecretList])
    assert.equal(await get(bobs, 'top.pdf'), 'top.pdf')
    await denied(get(bobs, 'Private/a'), forbidden)
    await denied(list(bobs, 'Private/', '/'), forbidden)
  } finally {
    await server.close()
  }
})
