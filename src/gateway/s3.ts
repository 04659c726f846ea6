/** The embedded S3: from a call to an answer, every step in order; a refusal becomes XML here and nowhere else. */

import { isOutage } from '../store/errors.ts'
import { proveCall } from '../sts/authenticate.ts'
import { anonymous } from '../wire/caller.ts'
import { AwsError, denialHeaders } from '../wire/errors.ts'
import type { Answer, Call } from '../wire/http.ts'
import type { World } from '../world.ts'
import { type Address, checkKey, decodeText, onStorageHost, readingsOfKey, refuseNul } from './s3/address.ts'
import { answerElsewhere } from './s3/answer-elsewhere.ts'
import { idHeaders, refusal } from './s3/answers.ts'
import { type Bucket, findBucket } from './s3/buckets-store.ts'
import { actualHeaders, answerPreflight } from './s3/cors.ts'
import type { Elsewhere } from './s3/elsewhere.ts'
import { tagsOf } from './s3/object-rights.ts'
import { type Operation, recognise } from './s3/operations.ts'
import { checkOwner, demand } from './s3/permission.ts'
import { answerFormElsewhere } from './s3/post-elsewhere.ts'
import { answerForm, isForm } from './s3/post-form.ts'
import { parseQuery } from './s3/query.ts'
import { invalidArgument, noSuchBucket } from './s3/refusals.ts'
import { bucketArn, hoistHeaders, objectArn, type S3Request } from './s3/request.ts'
import { existingTagKeys, type Tags } from './s3/tags.ts'

export { reservedNames, s3Address } from './s3/address.ts'
export { refusal } from './s3/answers.ts'
export { startEventDelivery } from './s3/deliver-events.ts'
export type { Elsewhere } from './s3/elsewhere.ts'
export { startObjectSweeper } from './s3/sweep.ts'

/**
 * Answers a call at an address that `s3Address` found. `note` is told the operation's name; `elsewhere` serves the buckets
 * that another server keeps.
 */
export async function answerS3(
  call: Call,
  world: World,
  address: Address,
  note: (operation: string) => void = () => {},
  elsewhere?: Elsewhere,
): Promise<Answer> {
  let bucket: Bucket | undefined
  const findOnce = async (name: string) => {
    bucket ??= await findBucket(world.db, name)
    return bucket
  }
  try {
    const answer = await answerAsked(call, world, address, { note, find: findOnce, elsewhere })
    const headers = { ...idHeaders(call), ...answer.headers, ...actualHeaders(call, bucket) }
    return { ...answer, headers: onStorageHost(call, world.settings) ? headers : { ...headers, ...confined } }
  } catch (thrown) {
    // The rules of the bucket cannot be had either.
    if (isOutage(thrown)) throw thrown
    const error = toRefusal(thrown, call, world)
    const answer = refusal(call, error)
    // A page may read its refusal: so the bucket's rules are needed even when nobody came as far as the bucket.
    if (call.headers.origin && address.bucket) await findOnce(address.bucket).catch(() => undefined)
    const there = await originHeadersOf(call, address, error, elsewhere).catch(() => ({}))
    return {
      ...answer,
      headers: {
        ...answer.headers,
        ...denialHeaders(error, world.settings.dev),
        ...(call.method === 'OPTIONS' ? {} : actualHeaders(call, bucket)),
        ...there,
      },
    }
  }
}

/**
 * Objects are what people upload, and by path they share the origin of the login pages and the console: opened as a
 * document there, they run nothing and may read nothing of that origin. Images, downloads and fetches do not notice.
 */
const confined = { 'content-security-policy': 'sandbox' }

/** What the rules of a bucket elsewhere let a page read of a refusal that was made here. A server that fails is not asked. */
async function originHeadersOf(
  call: Call,
  { bucket = '' }: Address,
  { status = 400 }: AwsError,
  elsewhere?: Elsewhere,
) {
  const name = decodeText(bucket)
  if (call.method === 'OPTIONS' || status >= 500 || !elsewhere?.serves(name)) return {}
  return elsewhere.crossOrigin(call, name)
}

/** Whatever is thrown and no refusal is our fault: the log has it, the answer says nothing. */
function toRefusal(thrown: unknown, call: Call, world: World): AwsError {
  if (thrown instanceof AwsError) return thrown
  world.log.error({ err: thrown, requestId: call.id }, 's3 failed')
  return new AwsError('InternalError', 'We encountered an internal error. Please try again.', { status: 500 })
}

type Asking = {
  readonly note: (operation: string) => void
  readonly find: (name: string) => Promise<Bucket | undefined>
  readonly elsewhere: Elsewhere | undefined
}

async function answerAsked(
  call: Call,
  world: World,
  address: Address,
  { note, find, elsewhere }: Asking,
): Promise<Answer> {
  const bucketName = refuseNul(decodeText(address.bucket ?? ''))
  const key = checkKey(decodeText(address.key ?? ''))
  if (call.method === 'OPTIONS') {
    note('Preflight')
    if (elsewhere?.serves(bucketName)) return elsewhere.preflight(call, bucketName)
    return answerPreflight(call, bucketName === '' ? undefined : await find(bucketName), address.key)
  }
  const query = parseQuery(call.query)
  if (isForm(call, key, query)) {
    note('PostObject')
    if (elsewhere?.serves(bucketName)) return answerFormElsewhere(call, world, bucketName, elsewhere)
    return answerForm(call, world, (await find(bucketName)) ?? noSuchBucket(bucketName))
  }
  const request = { ...(await identify(call, world, { bucketName, key, query })), elsewhere }
  // To some servers it is none, and another right is asked for a version than for the latest.
  if (query.get('versionId') === '') invalidArgument('Version id cannot be the empty string', 'versionId', '')
  const operation = recognise({ ...request, method: call.method })
  note(operation.name)
  if (elsewhere?.serves(bucketName)) {
    for (const one of readingsOfKey(key)) await admit({ ...request, key: one }, operation, undefined)
    return answerElsewhere(elsewhere, request, operation.name)
  }
  if (!operation.needsBucket) {
    await admit(request, operation, undefined)
    return operation.run(request)
  }
  const bucket = (await find(bucketName)) ?? noSuchBucket(bucketName)
  const judgedTags = await admit(request, operation, bucket)
  return operation.run({ ...request, bucket, judgedTags })
}

/** Who sends the request. */
async function identify(
  call: Call,
  world: World,
  asked: Pick<S3Request, 'bucketName' | 'key' | 'query'>,
): Promise<S3Request> {
  const proof = await proveCall(world, call, { service: 's3', style: 's3', payloadHash: '' })
  return {
    ...asked,
    world,
    call,
    proof,
    caller: proof?.found.caller ?? anonymous,
    authType: proof && (proof.kind === 'header' ? 'REST-HEADER' : 'REST-QUERY-STRING'),
    region: proof?.region ?? world.settings.region,
    headers: proof?.kind === 'query' ? hoistHeaders(call.headers, asked.query) : call.headers,
    judgedTags: undefined,
  }
}

/** Refuses who may not do this, before a byte of the body is read. Answers the tags of the object that counted. */
async function admit(request: S3Request, operation: Operation, bucket: Bucket | undefined): Promise<Tags | undefined> {
  checkOwner(request.world, request.headers['x-amz-expected-bucket-owner'])
  const { bucketName, key, query } = request
  const version = operation.versionAction === undefined ? undefined : query.get('versionId')
  const action = version === undefined ? operation.action : operation.versionAction
  if (action === undefined) return undefined
  const resource = key === '' ? bucketArn(bucketName || '*') : objectArn(bucketName, key)
  const { keys, more } = operation
  const tags = bucket && keys?.includes('existing') ? await tagsOf(request, { bucket, key, version }) : undefined
  await demand(request, bucket, {
    ...{ action, resource, more: { ...more, ...existingTagKeys(tags) } },
    ...(keys && { keys }),
  })
  return tags
}
