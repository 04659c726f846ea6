/** Who may do what in the photo app: the trust and the permissions of its two roles, and the bucket's cross-origin rules. */

const document = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })

/** Only this pool's identities of this kind. AWS: Developer Guide, "IAM roles" of identity pools. */
export const trustOf = (identityPoolId: string, amr: 'authenticated' | 'unauthenticated'): string =>
  document({
    Sid: 'IdentitiesOfThisPool',
    Effect: 'Allow',
    Principal: { Federated: 'cognito-identity.amazonaws.com' },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { 'cognito-identity.amazonaws.com:aud': identityPoolId },
      'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': amr },
    },
  })

// A policy variable: the gateway puts the caller's identity id here, request by request.
const self = '$' + '{cognito-identity.amazonaws.com:sub}'

const readPublic = (bucket: string) => ({
  Sid: 'LookAtPublicPictures',
  Effect: 'Allow',
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::${bucket}/public/*`,
})

const list = (bucket: string, sid: string, ...prefixes: string[]) => ({
  Sid: sid,
  Effect: 'Allow',
  Action: 's3:ListBucket',
  Resource: `arn:aws:s3:::${bucket}`,
  Condition: { StringLike: { 's3:prefix': prefixes } },
})

/** Everything in one's own folder, looking at `public/`, and nothing else. */
export const userPolicy = (bucket: string): string =>
  document(
    {
      Sid: 'EverythingInTheOwnFolder',
      Effect: 'Allow',
      Action: [
        's3:GetObject',
        's3:PutObject',
        's3:DeleteObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ],
      Resource: `arn:aws:s3:::${bucket}/users/${self}/*`,
    },
    list(bucket, 'ListTheOwnFolder', `users/${self}/*`, 'public/*'),
    readPublic(bucket),
  )

/** Looking at `public/` and dropping files into `temp/`, which guests cannot read. */
export const guestPolicy = (bucket: string): string =>
  document(readPublic(bucket), list(bucket, 'ListPublicPictures', 'public/*'), {
    Sid: 'DropIntoTemp',
    Effect: 'Allow',
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${bucket}/temp/*`,
  })

/** Browsers of any origin may talk to the bucket: the credentials decide, not the page. */
export const corsDocument = `<?xml version="1.0" encoding="UTF-8"?>
<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><CORSRule><ID>browsers</ID><AllowedOrigin>*</AllowedOrigin>${[
  'GET',
  'HEAD',
  'PUT',
  'POST',
  'DELETE',
]
  .map((method) => `<AllowedMethod>${method}</AllowedMethod>`)
  .join('')}<AllowedHeader>*</AllowedHeader>${['ETag', 'x-amz-request-id', 'x-amz-id-2', 'x-poolhouse-explain']
  .map((header) => `<ExposeHeader>${header}</ExposeHeader>`)
  .join('')}<MaxAgeSeconds>600</MaxAgeSeconds></CORSRule></CORSConfiguration>`
