/** Uploads by a browser's form: the signed policy instead of a signed request. AWS: S3 API Reference, "POST Object". */
import { Readable } from 'node:stream'
import { proveForm } from '../../sts/authenticate.ts'
import { anonymous } from '../../wire/caller.ts'
import { fail } from '../../wire/errors.ts'
import type { Answer, Call } from '../../wire/http.ts'
import { element, xmlDeclaration } from '../../wire/xml.ts'
import type { World } from '../../world.ts'
import { checkWritable, readAbout } from './about.ts'
import { checkKey } from './address.ts'
import { emptyAnswer, quoted } from './answers.ts'
import { readClaim, readContentMd5 } from './checksums.ts'
import { store } from './commit.ts'
import { causeOf } from './events.ts'
import { removeFile } from './files.ts'
import { boundaryOf, readForm } from './form.ts'
import { demandTagging } from './object-rights.ts'
import { writtenHeaders } from './objects.ts'
import { demand } from './permission.ts'
import { checkForm, readPolicy, sizeRange } from './post-policy.ts'
import { largestPut, receive } from './receive.ts'
import { objectArn, type S3Request } from './request.ts'
import type { Bucket } from './store.ts'
import { readTagging, readTagHeader } from './tags.ts'

/** Whether a call is a form sent to a bucket. */
export const isForm = ({ method, headers }: Call, key: string, query: ReadonlyMap<string, string>): boolean =>
  method === 'POST' &&
  key === '' &&
  !query.has('delete') &&
  /^multipart\/form-data\b/i.test(headers['content-type'] ?? '')

type Fields = ReadonlyMap<string, string>

export async function answerForm(call: Call, world: World, bucket: Bucket): Promise<Answer> {
  refuseOtherSignature(call)
  const form = await readForm(call.body, boundaryOf(call.headers['content-type'] ?? ''))
  const fields = expand(form.fields, form.file?.name ?? '', bucket.name)
  const key = checkKey(keyOf(fields))
  const { caller, region } = await whoSigned(world, form.fields)
  const base64 = form.fields.get('policy')
  const policy = base64 === undefined ? undefined : readPolicy(base64)
  if (policy) checkForm(policy, fields, world.now())
  const file =
    form.file ??
    fail('InvalidArgument', 'POST requires exactly one file upload per request.', {
      status: 400,
      extra: { ArgumentName: 'file', ArgumentValue: 0 },
    })

  const headers = toHeaders(fields)
  const request: S3Request = {
    ...{ world, call, bucketName: bucket.name, key, query: new Map(), headers, caller, region },
    ...{ proof: undefined, authType: policy && 'POST', judgedTags: undefined, elsewhere: undefined },
  }
  await demand(request, bucket, {
    action: 's3:PutObject',
    resource: objectArn(bucket.name, key),
    keys: ['write'],
    more: { 's3:ObjectCreationOperation': 'true' },
  })
  checkWritable(headers)
  const tags = readTagHeader(headers['x-amz-tagging'])
  await demandTagging({ ...request, bucket }, tags)
  const about = { ...readAbout(headers), ...(tags && { tags }) }

  const { least, most } = policy ? sizeRange(policy) : { least: 0, most: largestPut }
  const incoming = {
    body: Readable.from(file.bytes, { objectMode: false }),
    length: undefined,
    trailers: new Map(),
    claim: readClaim({ ...headers, 'x-amz-trailer': undefined }),
    md5: readContentMd5(fields.get('content-md5')),
  }
  const received = await receive(world, incoming, { inRow: false, most: Math.min(most, largestPut) })
  if (received.size < least) {
    if (received.file !== undefined) await removeFile(world.settings.dataFolder, received.file)
    fail('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
      status: 400,
      extra: { ProposedSize: received.size, MinSizeAllowed: least },
    })
  }
  const doing = { event: 'ObjectCreated:Post', cause: causeOf(request) } as const
  const made = await store(world, { bucket, name: key }, received, about, doing)
  const answer = success(world, fields, bucket.name, key, made.etag)
  return { ...answer, headers: { ...writtenHeaders({ bucket }, made), ...answer.headers } }
}

/** A form that is signed must not come in a request that is signed too: the two could name different people. */
function refuseOtherSignature({ headers, query }: Call) {
  if (headers.authorization === undefined && !/(?:^|&)(?:X-Amz-Signature|X-Amz-Credential|Signature)=/.test(query))
    return
  const message =
    'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified'
  fail('InvalidArgument', message, {
    status: 400,
    extra: { ArgumentName: 'Authorization', ArgumentValue: headers.authorization ?? '' },
  })
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
  fail(
    'InvalidArgument',
    "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
    {
      status: 400,
      extra: { ArgumentName: 'key', ArgumentValue: '' },
    },
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
    fail(
      'InvalidArgument',
      `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
      {
        status: 400,
        extra: { ArgumentName: name, ArgumentValue: '' },
      },
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

/** Fields as the headers that a PUT would have. */
function toHeaders(fields: Fields): Record<string, string> {
  const headers: Record<string, string> = {}
  const tagging = fields.get('tagging')
  if (tagging !== undefined) {
    headers['x-amz-tagging'] = new URLSearchParams(readTagging(Buffer.from(tagging), 'object')).toString()
  }
  for (const [name, value] of fields) headers[name === 'acl' ? 'x-amz-acl' : name] = value
  return headers
}

function success(world: World, fields: Fields, bucket: string, key: string, etag: string): Answer {
  const path = encodeURIComponent(key).replaceAll('%2F', '/')
  const location = `${world.settings.publicUrl}/${bucket}/${path}`
  const headers = { etag: quoted(etag), location }
  const redirect = redirectOf(fields.get('success_action_redirect') ?? fields.get('redirect'))
  if (redirect) {
    redirect.searchParams.append('bucket', bucket)
    redirect.searchParams.append('key', key)
    redirect.searchParams.append('etag', quoted(etag))
    return emptyAnswer(303, { ...headers, location: redirect.href })
  }
  const status = fields.get('success_action_status')
  if (status === '200') return emptyAnswer(200, headers)
  if (status !== '201') return emptyAnswer(204, headers)
  const body = element('PostResponse', { Location: location, Bucket: bucket, Key: key, ETag: quoted(etag) })
  return { status: 201, headers: { ...headers, 'content-type': 'application/xml' }, body: xmlDeclaration + body }
}

/** An address that is none is as good as none, says AWS; and only pages are addresses. */
function redirectOf(text: string | undefined): URL | undefined {
  const url = text === undefined ? null : URL.parse(text)
  return url && /^https?:$/.test(url.protocol) ? url : undefined
}
