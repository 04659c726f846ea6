/** Buckets and their settings: policy, cross-origin rules, Block Public Access. */
import { contextOf } from '../../iam/policy/context.ts'
import { parsePolicy } from '../../iam/policy/parse.ts'
import { compilePattern, matchesPattern } from '../../iam/policy/pattern.ts'
import { bindPrincipals, showPrincipals } from '../../iam/roles/bind.ts'
import { StoreError } from '../../store/errors.ts'
import { fail } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import type { XmlValue } from '../../wire/xml.ts'
import { checkWritable } from './about.ts'
import { isBucketName } from './address.ts'
import { emptyAnswer, xmlAnswer, xmlTime } from './answers.ts'
import {
  deleteBucket,
  findBucket,
  insertBucket,
  listBuckets,
  setCors,
  setPolicy,
  setPublicAccess,
} from './buckets-store.ts'
import { readCors, writeCors } from './cors.ts'
import type { ListedBucket, WithElsewhere } from './elsewhere.ts'
import { readDocument } from './incoming.ts'
import { initialAccess, isPublicPolicy, openAccess, readPublicAccess } from './public-access.ts'
import { readCount, readText } from './query.ts'
import { invalidArgument, noSuchBucket, notImplemented } from './refusals.ts'
import { type BucketRequest, bucketArn, type S3Request } from './request.ts'
import { readXml, textOf } from './xml-body.ts'

const longestPolicy = 20 * 1024
const longestCors = 64 * 1024
const longestDocument = 16 * 1024
const mostBuckets = 10_000

/** The buckets that are kept here, from a name on; one that a server behind serves by that name is hidden by it. */
async function listHere(
  { world, elsewhere }: S3Request & WithElsewhere,
  { after, prefix, limit }: { after: string; prefix: string; limit: number },
): Promise<ListedBucket[]> {
  const seen: ListedBucket[] = []
  for (let from = after; ; ) {
    const batch = await listBuckets(world.db, { after: from, prefix, limit })
    seen.push(...batch.filter(({ name }) => !elsewhere?.serves(name)))
    if (batch.length < limit || seen.length >= limit) return seen
    from = batch.at(-1)?.name ?? from
  }
}

const byName = (one: ListedBucket, other: ListedBucket) => (one.name < other.name ? -1 : 1)

export async function ListBuckets(request: S3Request & WithElsewhere): Promise<Answer> {
  const { world, query, elsewhere } = request
  const limit = Math.max(1, readCount(query, 'max-buckets', mostBuckets))
  const token = query.get('continuation-token')
  const after = token === undefined ? '' : Buffer.from(token, 'base64url').toString('utf8')
  if (after.includes('\0'))
    return invalidArgument('The continuation token provided is incorrect', 'continuation-token', token ?? '')
  const prefix = readText(query, 'prefix')
  const region = query.get('bucket-region')
  const here = await listHere(request, { after, prefix, limit: limit + 1 })
  const there = (await elsewhere?.list(request)) ?? []
  const found = [...here, ...there.filter(({ name }) => name > after && name.startsWith(prefix))].sort(byName)
  const page = found.slice(0, limit)
  const shown = page.filter((bucket) => region === undefined || bucket.region === region)
  const { account } = world.settings
  return xmlAnswer('ListAllMyBucketsResult', {
    Owner: { ID: account, DisplayName: account },
    Buckets: {
      Bucket: shown.map(({ name, created, region }) => ({
        Name: name,
        CreationDate: created === undefined ? undefined : xmlTime(created),
        ...(query.size > 0 && { BucketRegion: region }),
      })),
    },
    ContinuationToken: found.length > limit ? Buffer.from(page.at(-1)?.name ?? '').toString('base64url') : undefined,
    Prefix: prefix === '' ? undefined : prefix,
  } satisfies Record<string, XmlValue>)
}

/** The region of a new bucket. The endpoint of us-east-1 makes buckets anywhere, every other one in its own region. */
function readRegion(document: Buffer, region: string): string {
  const wanted = document.length === 0 ? undefined : locationOf(document)
  const known = wanted === undefined || /^(?:EU|[a-z]{2}(?:-[a-z]+)+-\d)$/.test(wanted)
  if (region === 'us-east-1') {
    if (wanted === undefined) return region
    if (wanted === region || !known) {
      fail('InvalidLocationConstraint', 'The specified location-constraint is not valid', {
        status: 400,
        extra: { LocationConstraint: wanted },
      })
    }
    return wanted === 'EU' ? 'eu-west-1' : wanted
  }
  if (wanted === region && /^[a-z0-9-]{1,40}$/.test(region)) return region
  return fail(
    'IllegalLocationConstraintException',
    `The ${wanted ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    { status: 400 },
  )
}

function locationOf(document: Buffer): string | undefined {
  const root = readXml(document, 'CreateBucketConfiguration')
  if (root.children['Tags'] || root.children['Bucket'] || root.children['Location']) {
    fail('NotImplemented', 'Tags, directory buckets and locations of new buckets are not implemented.', { status: 501 })
  }
  return textOf(root, 'LocationConstraint')?.trim() || undefined
}

export async function CreateBucket(request: S3Request): Promise<Answer> {
  const { world, bucketName, headers, region } = request
  if (!isBucketName(bucketName)) {
    fail('InvalidBucketName', 'The specified bucket is not valid.', { status: 400, extra: { BucketName: bucketName } })
  }
  if (headers['x-amz-bucket-object-lock-enabled']?.toLowerCase() === 'true') {
    notImplemented('x-amz-bucket-object-lock-enabled')
  }
  const ownership = headers['x-amz-object-ownership'] ?? 'BucketOwnerEnforced'
  if (ownership !== 'BucketOwnerEnforced') {
    fail('NotImplemented', 'Buckets with access control lists are not implemented.', {
      status: 501,
      extra: { Header: 'x-amz-object-ownership' },
    })
  }
  checkWritable(headers)
  const home = readRegion(await readDocument(request, longestDocument), region)
  const publicAccess = initialAccess(world.settings.dev)
  const made = await insertBucket(world.db, { name: bucketName, region: home, created: world.now(), publicAccess })
  // AWS: in us-east-1 making one's own bucket again is no error, elsewhere it is.
  if (!made && (region !== 'us-east-1' || (await findBucket(world.db, bucketName))?.region !== home)) {
    const text = 'Your previous request to create the named bucket succeeded and you already own it.'
    fail('BucketAlreadyOwnedByYou', text, { status: 409, extra: { BucketName: bucketName } })
  }
  return emptyAnswer(200, { location: `/${bucketName}`, 'x-amz-bucket-arn': bucketArn(bucketName) })
}

export const HeadBucket = async ({ bucket }: BucketRequest): Promise<Answer> =>
  emptyAnswer(200, { 'x-amz-bucket-region': bucket.region, 'x-amz-access-point-alias': 'false' })

export async function DeleteBucket({ world, bucketName }: BucketRequest): Promise<Answer> {
  if (await emptied(() => deleteBucket(world.db, bucketName))) return emptyAnswer(204)
  if (!(await findBucket(world.db, bucketName))) return noSuchBucket(bucketName)
  return fail('BucketNotEmpty', 'The bucket you tried to delete is not empty', {
    status: 409,
    extra: { BucketName: bucketName },
  })
}

/** What comes into the bucket while it goes keeps it: then the foreign key refuses. */
async function emptied(work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof StoreError && error.kind === 'constraint') return false
    throw error
  }
}

/** The classic region has no name here. */
export const GetBucketLocation = async ({ bucket }: BucketRequest): Promise<Answer> =>
  xmlAnswer('LocationConstraint', bucket.region === 'us-east-1' ? '' : bucket.region)

// Policy

const noPolicy = (bucket: string): never =>
  fail('NoSuchBucketPolicy', 'The bucket policy does not exist', { status: 404, extra: { BucketName: bucket } })

export async function GetBucketPolicy({ world, bucket }: BucketRequest): Promise<Answer> {
  const { writtenPolicy: written, policy: bound } = bucket
  if (written === undefined || bound === undefined) return noPolicy(bucket.name)
  const [body] = await showPrincipals(world, [{ written, bound }])
  return { status: 200, headers: { 'content-type': 'application/json' }, body: body! }
}

export async function PutBucketPolicy(request: BucketRequest): Promise<Answer> {
  const { world, bucket, caller } = request
  const text = (await readDocument(request, longestPolicy)).toString('utf8')
  if (!text.startsWith('{')) malformed("Policies must be valid JSON and the first byte must be '{'")
  const policy = parsePolicy(text, 'resource', { saving: true, code: 'MalformedPolicy' })
  for (const { resources } of policy.statements) {
    for (const written of resources?.written ?? [])
      if (!concerns(written, bucket.name)) malformed('Policy has invalid resource')
  }
  const bound = await bindPrincipals(world, policy, text, () => malformed('Invalid principal in policy'))
  if (bucket.publicAccess.BlockPublicPolicy && isPublicPolicy(text)) {
    // AWS: S3 User Guide, "Troubleshoot access denied (403 Forbidden) errors".
    const because = 'because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.'
    fail(
      'AccessDenied',
      `User: ${caller.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "${bucketArn(bucket.name)}" ${because}`,
      { status: 403 },
    )
  }
  await setPolicy(world.db, bucket.name, text, bound)
  return emptyAnswer(204)
}

const malformed = (message: string): never => fail('MalformedPolicy', message, { status: 400 })

/** A bucket's policy speaks of that bucket and what is in it, wildcards aside. */
export function concerns(resource: string, bucket: string): boolean {
  if (resource === '*') return true
  const own = resource.replace(/^arn:[^:]*:s3:::/, '')
  if (own === resource) return false
  const pattern = compilePattern(own.split('/', 1)[0]!, { wildcards: true, variables: false })
  return matchesPattern(pattern, bucket, 0, contextOf({}))
}

export async function DeleteBucketPolicy({ world, bucket }: BucketRequest): Promise<Answer> {
  await setPolicy(world.db, bucket.name, undefined, undefined)
  return emptyAnswer(204)
}

export const GetBucketPolicyStatus = async ({ bucket }: BucketRequest): Promise<Answer> =>
  bucket.policy === undefined
    ? noPolicy(bucket.name)
    : xmlAnswer('PolicyStatus', { IsPublic: isPublicPolicy(bucket.policy) })

// Cross-origin rules

export const GetBucketCors = async ({ bucket }: BucketRequest): Promise<Answer> =>
  bucket.cors
    ? xmlAnswer('CORSConfiguration', writeCors(bucket.cors))
    : fail('NoSuchCORSConfiguration', 'The CORS configuration does not exist', {
        status: 404,
        extra: { BucketName: bucket.name },
      })

export async function PutBucketCors(request: BucketRequest): Promise<Answer> {
  const rules = readCors(await readDocument(request, longestCors))
  await setCors(request.world.db, request.bucket.name, rules)
  return emptyAnswer(200)
}

export async function DeleteBucketCors({ world, bucket }: BucketRequest): Promise<Answer> {
  await setCors(world.db, bucket.name, undefined)
  return emptyAnswer(204)
}

// Block Public Access

export const GetPublicAccessBlock = async ({ bucket }: BucketRequest): Promise<Answer> =>
  Object.values(bucket.publicAccess).some(Boolean)
    ? xmlAnswer('PublicAccessBlockConfiguration', { ...bucket.publicAccess })
    : fail('NoSuchPublicAccessBlockConfiguration', 'The public access block configuration was not found', {
        status: 404,
        extra: { BucketName: bucket.name },
      })

export async function PutPublicAccessBlock(request: BucketRequest): Promise<Answer> {
  const access = readPublicAccess(await readDocument(request, longestDocument))
  await setPublicAccess(request.world.db, request.bucket.name, access)
  return emptyAnswer(200)
}

export async function DeletePublicAccessBlock({ world, bucket }: BucketRequest): Promise<Answer> {
  await setPublicAccess(world.db, bucket.name, openAccess)
  return emptyAnswer(204)
}
