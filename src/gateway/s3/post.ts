/** A browser's form: who signed it, what its policy lets it say, and what it asks to be written. AWS: S3 API Reference, "POST Object". */
import { proveForm } from '../../sts/authenticate.ts'
import { anonymous } from '../../wire/caller.ts'
import { fail } from '../../wire/errors.ts'
import type { Call } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import { checkKey } from './address.ts'
import type { Bucket } from './buckets-store.ts'
import { boundaryOf, type Form, readForm } from './form.ts'
import { demand } from './permission.ts'
import { checkForm, readPolicy, sizeRange } from './post-policy.ts'
import { largestPut } from './receive.ts'
import { invalidArgument } from './refusals.ts'
import { objectArn, type S3Request } from './request.ts'
import { readTagging } from './tags.ts'

type Fields = Form['fields']

export type Post = {
  /** The request that a PUT of the same object would be: its headers are the form's fields. */
  readonly request: S3Request
  /** With the bucket, and the file's name in the key. */
  readonly fields: Fields
  readonly file: NonNullable<Form['file']>
  /** How large the file may be. */
  readonly least: number
  readonly most: number
}

/** Reads a form up to its file; refuses one whose sender may not write the object. `bucket` is the one whose policy counts. */
export async function readPost(
  call: Call,
  world: World,
  bucketName: string,
  bucket: Bucket | undefined,
): Promise<Post> {
  refuseOtherSignature(call)
  const form = await readForm(call.body, boundaryOf(call.headers['content-type'] ?? ''))
  const fields = expand(form.fields, form.file?.name ?? '', bucketName)
  const key = checkKey(keyOf(fields))
  const { caller, region } = await whoSigned(world, form.fields)
  const base64 = form.fields.get('policy')
  const policy = base64 === undefined ? undefined : readPolicy(base64)
  if (policy) checkForm(policy, fields, world.now())
  const file = form.file ?? invalidArgument('POST requires exactly one file upload per request.', 'file', 0)
  const request: S3Request = {
    ...{ world, call, bucketName, key, query: new Map(), headers: toHeaders(fields), caller, region },
    ...{ proof: undefined, authType: policy && 'POST', judgedTags: undefined },
  }
  await demandPost(request, bucket)
  const { least, most } = policy ? sizeRange(policy) : { least: 0, most: largestPut }
  return { request, fields, file, least, most: Math.min(most, largestPut) }
}

/** Refuses who may not write the object of a form. */
export const demandPost = (request: S3Request, bucket: Bucket | undefined, key = request.key): Promise<void> =>
  demand(request, bucket, {
    action: 's3:PutObject',
    resource: objectArn(request.bucketName, key),
    keys: ['write'],
    more: { 's3:ObjectCreationOperation': 'true' },
  })

/** A form that is signed must not come in a request that is signed too: the two could name different people. */
function refuseOtherSignature({ headers, query }: Call) {
  if (headers.authorization === undefined && !/(?:^|&)(?:X-Amz-Signature|X-Amz-Credential|Signature)=/.test(query))
    return
  const message =
    'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified'
  invalidArgument(message, 'Authorization', headers.authorization ?? '')
}

/** The fields as the policy sees them: with the bucket, and the file's name in the key. */
function expand(fields: Fields, filename: string, bucket: string): Fields {
  const expanded = new Map(fields)
  const key = fields.get('key')
  if (key !== undefined)
    expanded.set(
      'key',
      key.replace(/\$\{filename\}/g, () => filename),
    )
  const named = fields.get('bucket')
  if (named !== undefined && named !== bucket) {
    fail('InvalidArgument', 'The bucket of the form is not the bucket of the request.', {
      status: 400,
      extra: { ArgumentName: 'bucket' },
    })
  }
  expanded.set('bucket', bucket)
  return expanded
}

const keyOf = (fields: Fields): string =>
  fields.get('key') ||
  invalidArgument(
    "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
    'key',
    '',
  )

const signing = ['x-amz-algorithm', 'x-amz-credential', 'x-amz-date', 'x-amz-signature'] as const

async function whoSigned(world: World, fields: Fields) {
  const present = [...signing, 'policy', 'x-amz-security-token'].filter((name) => fields.has(name))
  if (fields.has('awsaccesskeyid') || fields.has('signature')) {
    fail(
      'InvalidRequest',
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
      { status: 400 },
    )
  }
  if (present.length === 0) return { caller: anonymous, region: world.settings.region }
  const need = (name: string): string =>
    fields.get(name) ||
    invalidArgument(
      `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
      name,
      '',
    )
  return proveForm(world, {
    policy: need('policy'),
    algorithm: need('x-amz-algorithm'),
    credential: need('x-amz-credential'),
    date: need('x-amz-date'),
    signature: need('x-amz-signature'),
    token: fields.get('x-amz-security-token'),
  })
}

/** What a PUT says of itself and a form cannot: as a field it would be seen by policies, and nobody would heed it. */
const ofRequests = /^(?:if-(?:none-)?match|x-amz-copy-source.*|x-amz-(?:metadata|tagging)-directive)$/

/** Fields as the headers that a PUT would have. */
function toHeaders(fields: Fields): Record<string, string> {
  const headers: Record<string, string> = {}
  const tagging = fields.get('tagging')
  if (tagging !== undefined) {
    headers['x-amz-tagging'] = new URLSearchParams(readTagging(Buffer.from(tagging), 'object')).toString()
  }
  // A form is UTF-8 text, a header bytes with one character each.
  for (const [name, value] of fields) {
    if (ofRequests.test(name)) continue
    headers[name === 'acl' ? 'x-amz-acl' : name] = Buffer.from(value, 'utf8').toString('latin1')
  }
  return headers
}
