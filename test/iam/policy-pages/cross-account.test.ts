/** AWS: IAM User Guide, "Cross-account policy evaluation logic". */
import { account, elsewhere, page, role, user } from './examples.ts'

const carla = user('carla')
const store = 'arn:aws:s3:::store'
const logs = 'arn:aws:s3:::store-logs'
const there = { owner: elsewhere }
const bucketPolicy = {
  Effect: 'Allow',
  Action: ['s3:GetObject*', 's3:PutObject*', 's3:ReplicateObject', 's3:RestoreObject'],
  Principal: { AWS: carla.arn },
  Resource: `${store}/*`,
}
const objects = { Sid: 'Objects', Effect: 'Allow', Action: 's3:*Object*', Resource: `${store}/*` }

page('Cross-account policy evaluation logic', [
  {
    shows: "a user may do in another account's bucket what both accounts allow",
    by: carla,
    identity: [
      { Sid: 'ListBuckets', Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' },
      objects,
      { Sid: 'NoLogs', Effect: 'Deny', Action: 's3:*', Resource: ['arn:aws:s3:::*log*', 'arn:aws:s3:::*log*/*'] },
    ],
    resource: bucketPolicy,
    rows: [
      { ...there, action: 's3:PutObject', on: `${store}/file`, gets: 'allowed' },
      { ...there, action: 's3:GetObjectVersion', on: `${store}/file`, gets: 'allowed' },
      { ...there, action: 's3:DeleteObject', on: `${store}/file`, gets: 'implicitDeny' },
      { ...there, action: 's3:PutBucketPolicy', on: store, gets: 'implicitDeny' },
      { action: 's3:ListAllMyBuckets', on: 'arn:aws:s3:::*', gets: 'allowed' },
    ],
  },
  {
    shows: 'a bucket without policy, and one that the user is forbidden, stay closed',
    by: carla,
    identity: [objects, { Effect: 'Deny', Action: 's3:*', Resource: ['arn:aws:s3:::*log*', 'arn:aws:s3:::*log*/*'] }],
    rows: [
      { ...there, action: 's3:PutObject', on: `${logs}/file`, gets: 'explicitDeny' },
      { ...there, action: 's3:PutObject', on: `${store}/file`, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'the policy of the bucket alone opens nothing to another account',
    by: carla,
    resource: bucketPolicy,
    rows: [{ ...there, action: 's3:PutObject', on: `${store}/file`, gets: 'implicitDeny' }],
  },
  {
    shows: 'an account, a role, a session or everyone may be named, and the identity policy is needed all the same',
    by: role('R', { session: 's' }),
    identity: objects,
    resource: [
      [account, 'account'],
      [`arn:aws:iam::${account}:role/R`, 'role'],
      [`arn:aws:sts::${account}:assumed-role/R/s`, 'session'],
      ['*', 'everyone'],
    ].map(([AWS, folder]) => ({ ...bucketPolicy, Principal: { AWS }, Resource: `${store}/${folder}/*` })),
    rows: ['account', 'role', 'session', 'everyone'].flatMap((folder) => [
      { ...there, action: 's3:GetObject', on: `${store}/${folder}/x`, gets: 'allowed' as const },
      {
        ...there,
        by: role('R', { session: 's', of: '777788889999' }),
        when: `of a third account on ${folder}`,
        action: 's3:GetObject',
        on: `${store}/${folder}/x`,
        gets: folder === 'everyone' ? ('allowed' as const) : ('implicitDeny' as const),
      },
    ]),
  },
])
