/** Uploads by a browser's form: the signed policy instead of a signed request. AWS: S3 API Reference, "POST Object". */
import { Readable } from 'node:stream'
import { fail } from '../../wire/errors.ts'
import type { Answer, Call } from '../../wire/http.ts'
import { element, xmlDeclaration } from '../../wire/xml.ts'
import type { World } from '../../world.ts'
import { checkWritable, readAbout } from './about.ts'
import { emptyAnswer, quoted } from './answers.ts'
import type { Bucket } from './buckets-store.ts'
import { readClaim, readContentMd5 } from './checksums.ts'
import { store } from './commit.ts'
import { causeOf } from './events.ts'
import { removeFile } from './files.ts'
import { demandTagging } from './object-rights.ts'
import { writtenHeaders } from './objects.ts'
import { type Post, readPost } from './post.ts'
import { receive } from './receive.ts'
import { readTagHeader } from './tags.ts'

/** Whether a call is a form sent to a bucket. */
export const isForm = ({ method, headers }: Call, key: string, query: ReadonlyMap<string, string>): boolean =>
  method === 'POST' &&
  key === '' &&
  !query.has('delete') &&
  /^multipart\/form-data\b/i.test(headers['content-type'] ?? '')

export async function answerForm(call: Call, world: World, bucket: Bucket): Promise<Answer> {
  const post = await readPost(call, world, bucket.name, bucket)
  const { request, file, least, most } = post
  const { headers, key } = request
  checkWritable(headers)
  const tags = readTagHeader(headers['x-amz-tagging'])
  await demandTagging({ ...request, bucket }, tags)
  const about = { ...readAbout(headers), ...(tags && { tags }) }

  const incoming = {
    body: Readable.from(file.bytes, { objectMode: false }),
    length: undefined,
    trailers: new Map(),
    ...readSums(post),
  }
  const received = await receive(world, incoming, { inRow: false, most })
  if (received.size < least) {
    if (received.file !== undefined) await removeFile(world.settings.dataFolder, received.file)
    tooSmall(received.size, least)
  }
  const doing = { event: 'ObjectCreated:Post', cause: causeOf(request) } as const
  const made = await store(world, { bucket, name: key }, received, about, doing)
  return postAnswer(post, made.etag, writtenHeaders({ bucket }, made))
}

/** What the form promises of its file. */
export const readSums = ({ request: { headers }, fields }: Pick<Post, 'request' | 'fields'>) => ({
  claim: readClaim({ ...headers, 'x-amz-trailer': undefined }),
  md5: readContentMd5(fields.get('content-md5')),
})

export const tooSmall = (size: number, least: number): never =>
  fail('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    status: 400,
    extra: { ProposedSize: size, MinSizeAllowed: least },
  })

/** The answer to a form that was stored: empty, a document or a redirect, as the form asks. */
export function postAnswer(
  { request, fields }: Pick<Post, 'request' | 'fields'>,
  etag: string,
  written: Readonly<Record<string, string>>,
): Answer {
  const { world, bucketName, key } = request
  const answer = success(world, fields, bucketName, key, etag)
  return { ...answer, headers: { ...written, ...answer.headers } }
}

function success(world: World, fields: Post['fields'], bucket: string, key: string, etag: string): Answer {
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
