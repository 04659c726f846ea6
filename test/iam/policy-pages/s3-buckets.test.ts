/** AWS: S3 User Guide, "Bucket policy examples", "Amazon S3 condition key examples". */
import { account, anonymous, elsewhere, outsider, page, type Row, temporary, user } from './examples.ts'

const bucket = 'arn:aws:s3:::shelf'
const objects = `${bucket}/*`
const both = [bucket, objects]
const [dave, jane] = [user('Dave'), user('Jane')]
const get = { action: 's3:GetObject', on: `${bucket}/x` }
const put = { action: 's3:PutObject', on: `${bucket}/x` }
const now = '2026-06-15T12:00:00Z'
const from = (address: string) => ({ when: `from ${address}`, facts: { address } })
const wide = { Effect: 'Allow', Action: 's3:*', Resource: '*' }

page('Bucket policy examples', [
  {
    shows: 'accounts put objects that everybody may read, and no others',
    identity: wide,
    resource: {
      Sid: 'Acl',
      Effect: 'Allow',
      Principal: { AWS: [`arn:aws:iam::${account}:root`, `arn:aws:iam::${elsewhere}:root`] },
      Action: ['s3:PutObject', 's3:PutObjectAcl'],
      Resource: objects,
      Condition: { StringEquals: { 's3:x-amz-acl': ['public-read'] } },
    },
    rows: [
      {
        ...put,
        when: 'so',
        by: user('a', { of: elsewhere }),
        keys: { 's3:x-amz-acl': 'public-read' },
        gets: 'allowed',
      },
      {
        ...put,
        when: 'privately',
        by: user('a', { of: elsewhere }),
        keys: { 's3:x-amz-acl': 'private' },
        gets: 'implicitDeny',
      },
      { ...put, when: 'silently', by: user('a', { of: elsewhere }), gets: 'implicitDeny' },
      {
        ...put,
        when: 'of a third account',
        by: user('a', { of: '777788889999' }),
        keys: { 's3:x-amz-acl': 'public-read' },
        gets: 'implicitDeny',
      },
    ],
  },
  {
    shows: 'everybody reads',
    by: anonymous,
    resource: {
      Sid: 'Read',
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:GetObject', 's3:GetObjectVersion'],
      Resource: [objects],
    },
    rows: [
      { ...get, gets: 'allowed' },
      { ...put, gets: 'implicitDeny' },
      { action: 's3:ListBucket', on: bucket, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'nobody comes from outside one range',
    by: dave,
    identity: wide,
    resource: {
      Sid: 'IP',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: both,
      Condition: { NotIpAddress: { 'aws:SourceIp': '54.240.143.0/24' } },
    },
    rows: [
      { ...get, ...from('54.240.143.77'), gets: 'allowed' },
      { ...get, ...from('54.240.144.1'), gets: 'explicitDeny' },
      { action: 's3:ListBucket', on: bucket, gets: 'explicitDeny' },
    ],
  },
  {
    shows: 'from ranges of both versions, but for parts of them',
    by: anonymous,
    resource: {
      Sid: 'IPmix',
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:*',
      Resource: both,
      Condition: {
        IpAddress: { 'aws:SourceIp': ['54.240.143.0/24', '2001:DB8:1234:5678::/64'] },
        NotIpAddress: { 'aws:SourceIp': ['54.240.143.128/30', '2001:DB8:1234:5678:ABCD::/80'] },
      },
    },
    rows: [
      { ...get, ...from('54.240.143.1'), gets: 'allowed' },
      { ...get, ...from('2001:DB8:1234:5678::1'), gets: 'allowed' },
      { ...get, ...from('54.240.143.129'), gets: 'implicitDeny' },
      { ...get, ...from('2001:DB8:1234:5678:ABCD::1'), gets: 'implicitDeny' },
      { ...get, ...from('::ffff:54.240.143.1'), gets: 'allowed' },
    ],
  },
  {
    shows: 'pages of one site show the objects',
    by: anonymous,
    resource: {
      Sid: 'Allow pages of example.com.',
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:GetObject', 's3:GetObjectVersion'],
      Resource: objects,
      Condition: { StringLike: { 'aws:Referer': ['http://www.example.com/*', 'http://example.com/*'] } },
    },
    rows: (
      [
        ['http://www.example.com/a', 'allowed'],
        ['http://example.com/', 'allowed'],
        ['http://example.com.evil.example/', 'implicitDeny'],
        ['https://example.com/', 'implicitDeny'],
        [undefined, 'implicitDeny'],
      ] as const
    ).map(([referer, gets]) => ({ ...get, when: `from ${referer}`, facts: { referer }, gets })),
  },
  {
    shows: 'an origin access identity is a user of the account "cloudfront"',
    resource: {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC' },
      Action: 's3:GetObject',
      Resource: objects,
    },
    rows: [{ ...get, by: dave, gets: 'implicitDeny' }],
  },
  {
    shows: 'one folder needs a second factor',
    identity: wide,
    resource: [
      {
        Sid: '',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: `${bucket}/tax/*`,
        Condition: { Null: { 'aws:MultiFactorAuthAge': true } },
      },
      { Sid: '', Effect: 'Allow', Principal: '*', Action: ['s3:GetObject'], Resource: objects },
    ],
    rows: (
      [
        ['with long-term keys', dave, 'explicitDeny'],
        ['without it', temporary(dave, now), 'explicitDeny'],
        ['with it', temporary(dave, now, 7200), 'allowed'],
        ['unsigned', anonymous, 'explicitDeny'],
      ] as const
    ).flatMap(([when, by, gets]): Row[] => [
      { when, by, at: now, action: 's3:GetObject', on: `${bucket}/tax/2025`, gets },
      { when: `elsewhere ${when}`, by, at: now, action: 's3:GetObject', on: `${bucket}/x`, gets: 'allowed' },
    ]),
  },
  {
    shows: 'one folder needs a second factor no older than an hour',
    identity: wide,
    resource: [
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: `${bucket}/tax/*`,
        Condition: { Null: { 'aws:MultiFactorAuthAge': true } },
      },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: `${bucket}/tax/*`,
        Condition: { NumericGreaterThan: { 'aws:MultiFactorAuthAge': 3600 } },
      },
      { Effect: 'Allow', Principal: '*', Action: ['s3:GetObject'], Resource: objects },
    ],
    rows: (
      [
        ['just so', 3600, 'allowed'],
        ['a second late', 3601, 'explicitDeny'],
        ['without', undefined, 'explicitDeny'],
      ] as const
    ).map(([when, age, gets]) => ({
      when,
      by: temporary(dave, now, age),
      at: now,
      action: 's3:GetObject',
      on: `${bucket}/tax/2025`,
      gets,
    })),
  },
  {
    shows: 'another account puts objects that are the owner’s in full',
    identity: wide,
    by: user('a', { of: elsewhere }),
    resource: {
      Effect: 'Allow',
      Principal: { AWS: elsewhere },
      Action: 's3:PutObject',
      Resource: objects,
      Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } },
    },
    rows: [
      { ...put, when: 'so', keys: { 's3:x-amz-acl': 'bucket-owner-full-control' }, gets: 'allowed' },
      { ...put, when: 'otherwise', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'S3 puts inventories of one bucket of one account',
    resource: {
      Effect: 'Allow',
      Principal: { Service: 's3.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: [objects],
      Condition: {
        ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::source' },
        StringEquals: { 'aws:SourceAccount': account, 's3:x-amz-acl': 'bucket-owner-full-control' },
      },
    },
    rows: (
      [
        ['s3.amazonaws.com', 'arn:aws:s3:::source', account, 'allowed'],
        ['s3.amazonaws.com', 'arn:aws:s3:::source', elsewhere, 'implicitDeny'],
        ['s3.amazonaws.com', 'arn:aws:s3:::other', account, 'implicitDeny'],
        ['sns.amazonaws.com', 'arn:aws:s3:::source', account, 'implicitDeny'],
      ] as const
    ).map(([service, source, of, gets]) => ({
      ...put,
      when: `by ${service} for ${source} of ${of}`,
      as: outsider('service', service),
      keys: { 'aws:SourceArn': source, 'aws:SourceAccount': of, 's3:x-amz-acl': 'bucket-owner-full-control' },
      gets,
    })),
  },
  {
    // The page writes StringEquals three times in one condition, which its grammar forbids.
    shows: 'Storage Lens puts what belongs to one dashboard',
    resource: {
      Effect: 'Allow',
      Principal: { Service: ['storage-lens.s3.amazonaws.com'] },
      Action: 's3:PutObject',
      Resource: `${bucket}/lens/StorageLens/${account}/*`,
      Condition: {
        StringEquals: {
          's3:x-amz-acl': 'bucket-owner-full-control',
          'aws:SourceAccount': account,
          'aws:SourceArn': `arn:aws:s3:us-east-1:${account}:storage-lens/mine`,
        },
      },
    },
    rows: [`${account}:storage-lens/mine`, `${account}:storage-lens/other`].map((source, at) => ({
      action: 's3:PutObject',
      when: `for ${source}`,
      on: `${bucket}/lens/StorageLens/${account}/x`,
      as: outsider('service', 'storage-lens.s3.amazonaws.com'),
      keys: {
        's3:x-amz-acl': 'bucket-owner-full-control',
        'aws:SourceAccount': account,
        'aws:SourceArn': `arn:aws:s3:us-east-1:${source}`,
      },
      gets: at === 0 ? ('allowed' as const) : ('implicitDeny' as const),
    })),
  },
])

const toDave = (more: object) => ({
  Effect: 'Allow',
  Principal: { AWS: dave.arn },
  Action: 's3:PutObject',
  Resource: objects,
  ...more,
})
/** A header that uploads must have: with it, with another value, without. */
const required = (shows: string, key: string, value: string, extra: object[] = []) => ({
  shows,
  identity: wide,
  by: dave,
  resource: [toDave({}), toDave({ Effect: 'Deny', Condition: { StringNotEquals: { [key]: value } } }), ...extra],
  rows: [
    { ...put, when: 'with it', keys: { [key]: value }, gets: 'allowed' as const },
    { ...put, when: 'with another', keys: { [key]: 'other' }, gets: 'explicitDeny' as const },
    { ...put, when: 'without', gets: 'explicitDeny' as const },
    { ...put, when: 'of another user', by: jane, gets: 'allowed' as const },
  ],
})
const listing = (when: string, gets: Row['gets'], keys: Record<string, string> = {}): Row => ({
  when,
  action: 's3:ListBucket',
  on: bucket,
  keys,
  gets,
})
const version = (id: string | undefined, gets: Row['gets']): Row => ({
  when: `of ${id}`,
  action: 's3:GetObjectVersion',
  on: `${bucket}/face.jpg`,
  ...(id !== undefined && { keys: { 's3:versionid': id } }),
  gets,
})

page('Amazon S3 condition key examples', [
  {
    shows: 'uploads that give the owner full control',
    identity: wide,
    by: user('Dave', { of: elsewhere }),
    resource: [
      {
        ...toDave({ Principal: { AWS: user('Dave', { of: elsewhere }).arn } }),
        Condition: { StringEquals: { 's3:x-amz-grant-full-control': 'id=owner' } },
      },
    ],
    rows: [
      { ...put, when: 'so', keys: { 's3:x-amz-grant-full-control': 'id=owner' }, gets: 'allowed' },
      { ...put, when: 'otherwise', keys: { 's3:x-amz-grant-full-control': 'id=me' }, gets: 'implicitDeny' },
      { ...put, when: 'silently', gets: 'implicitDeny' },
    ],
  },
  required('an explicit deny closes what other policies leave open', 's3:x-amz-grant-full-control', 'id=owner'),
  required('a canned ACL is required', 's3:x-amz-acl', 'bucket-owner-full-control'),
  required('encryption is required', 's3:x-amz-server-side-encryption', 'AES256'),
  required('copies are of one object', 's3:x-amz-copy-source', 'shelf/public/face.jpg'),
  {
    shows: 'copies are of one folder',
    by: dave,
    resource: [
      toDave({}),
      toDave({ Effect: 'Deny', Condition: { StringNotLike: { 's3:x-amz-copy-source': 'shelf/public/*' } } }),
    ],
    rows: [
      { ...put, when: 'of it', keys: { 's3:x-amz-copy-source': 'shelf/public/x' }, gets: 'allowed' },
      { ...put, when: 'of another', keys: { 's3:x-amz-copy-source': 'shelf/private/x' }, gets: 'explicitDeny' },
      { ...put, when: 'of none', gets: 'explicitDeny' },
    ],
  },
  {
    shows: 'one version of one object',
    by: dave,
    resource: [
      toDave({ Action: 's3:GetObjectVersion', Resource: `${bucket}/face.jpg` }),
      {
        ...toDave({ Action: 's3:GetObjectVersion', Resource: `${bucket}/face.jpg` }),
        Effect: 'Deny',
        Condition: { StringNotEquals: { 's3:VersionId': 'AaaHbAQitwiL_h47_44lRO2DDfLlBO5e' } },
      },
    ],
    rows: [
      version('AaaHbAQitwiL_h47_44lRO2DDfLlBO5e', 'allowed'),
      version('other', 'explicitDeny'),
      version(undefined, 'explicitDeny'),
    ],
  },
  {
    shows: 'one storage class',
    by: dave,
    resource: toDave({ Condition: { StringEquals: { 's3:x-amz-storage-class': ['STANDARD_IA'] } } }),
    rows: [
      { ...put, when: 'of it', keys: { 's3:x-amz-storage-class': 'STANDARD_IA' }, gets: 'allowed' },
      { ...put, when: 'of another', keys: { 's3:x-amz-storage-class': 'GLACIER' }, gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'buckets in one region, whatever else allows others',
    identity: [
      wide,
      {
        Effect: 'Allow',
        Action: 's3:CreateBucket',
        Resource: 'arn:aws:s3:::*',
        Condition: { StringLike: { 's3:LocationConstraint': 'sa-east-1' } },
      },
      {
        Effect: 'Deny',
        Action: 's3:CreateBucket',
        Resource: 'arn:aws:s3:::*',
        Condition: { StringNotLike: { 's3:LocationConstraint': 'sa-east-1' } },
      },
    ],
    rows: [
      {
        when: 'there',
        action: 's3:CreateBucket',
        on: bucket,
        keys: { 's3:locationconstraint': 'sa-east-1' },
        gets: 'allowed',
      },
      {
        when: 'elsewhere',
        action: 's3:CreateBucket',
        on: bucket,
        keys: { 's3:locationconstraint': 'eu-west-1' },
        gets: 'explicitDeny',
      },
      { when: 'somewhere', action: 's3:CreateBucket', on: bucket, gets: 'explicitDeny' },
    ],
  },
  ...['identity', 'resource'].map((place) => ({
    shows: `one prefix is listed, by ${place === 'identity' ? 'a user' : 'a bucket'} policy`,
    by: dave,
    [place]: ['Allow', 'Deny'].map((Effect) => ({
      Effect,
      ...(place === 'resource' && { Principal: { AWS: dave.arn } }),
      Action: 's3:ListBucket',
      Resource: bucket,
      Condition: { [Effect === 'Allow' ? 'StringEquals' : 'StringNotEquals']: { 's3:prefix': 'projects' } },
    })),
    rows: [
      listing('below it', 'allowed', { 's3:prefix': 'projects' }),
      listing('below another', 'explicitDeny', { 's3:prefix': 'projects/x' }),
      listing('of everything', 'explicitDeny'),
    ],
  })),
  {
    shows: 'at most so many keys',
    identity: {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: bucket,
      Condition: { NumericLessThanEquals: { 's3:max-keys': '100' } },
    },
    rows: [
      listing('of so many', 'allowed', { 's3:max-keys': '100' }),
      listing('of more', 'implicitDeny', { 's3:max-keys': '1000' }),
    ],
  },
  {
    shows: 'a range of addresses but for one',
    by: anonymous,
    resource: {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: objects,
      Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' }, NotIpAddress: { 'aws:SourceIp': '192.0.2.188/32' } },
    },
    rows: [
      { ...get, ...from('192.0.2.187'), gets: 'allowed' },
      { ...get, ...from('192.0.2.188'), gets: 'implicitDeny' },
      { ...get, ...from('192.0.3.1'), gets: 'implicitDeny' },
    ],
  },
])
