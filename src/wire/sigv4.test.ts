import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import type { AwsError } from './errors.ts'
import type { Call } from './http.ts'
import {
  accessKeyId,
  authorization,
  type Caller,
  callOf,
  exampleTime,
  knowing,
  presigned,
  presignedQuery,
  published,
  secret,
  streamed,
  streamedCall,
} from './sigv4.samples.ts'
import { authenticate, type Expected, verifyPolicySignature } from './sigv4.ts'
import { canonicalRequest } from './sigv4-canonical.ts'
import { sha256, sign, signingKey } from './sigv4-key.ts'

const s3: Expected<Caller> = {
  service: 's3',
  region: 'us-east-1',
  style: 's3',
  payloadHash: '',
  lookup: knowing(),
  now: exampleTime,
}
const json: Expected<Caller> = { ...s3, service: 'cognito-identity', style: 'json', payloadHash: sha256('{}') }

/** The refusal of a call; fails if the call is accepted. */
async function refusalOf(call: Call, expected: Expected<Caller>): Promise<AwsError> {
  try {
    await authenticate(call, expected)
  } catch (error) {
    return error as AwsError
  }
  throw new assert.AssertionError({ message: 'the call was accepted' })
}

describe("AWS's published examples verify", () => {
  for (const { title, call, signedHeaders, signature } of published) {
    test(title, async () => {
      const headers = [...call.headers!, ['Authorization', authorization(signedHeaders, signature)] as [string, string]]
      const signed = await authenticate(callOf({ ...call, headers }), s3)
      assert.equal(signed?.found.caller.name, 'tester')
      assert.equal(signed?.seedSignature, signature)
    })
  }
  test('presigned GET', async () => {
    assert.equal((await authenticate(callOf(presigned), s3))?.kind, 'query')
  })
  for (const [name, sample] of Object.entries(streamed)) {
    test(`the seed of the streaming upload (${name})`, async () => {
      const signed = await authenticate(streamedCall(sample, []), s3)
      assert.equal(signed?.seedSignature, sample.seed)
      assert.equal(signed?.scope, '20130524/us-east-1/s3/aws4_request')
      assert.equal(signed?.date, '20130524T000000Z')
    })
  }
})

// The signer of the AWS SDK for JavaScript, an independent implementation.
class Sha256 {
  #hash
  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key as NodeJS.ArrayBufferView)
  }
  update(data: string | ArrayBuffer | ArrayBufferView) {
    this.#hash.update(data as NodeJS.ArrayBufferView)
  }
  async digest() {
    return new Uint8Array(this.#hash.digest())
  }
  reset() {}
}

type Shape = {
  s3: boolean
  path: string
  query: Record<string, string | string[]>
  headers: Record<string, string>
  body: string
  token: string | undefined
  presign: boolean
}

const escapeUri = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** Signs with the SDK's signer and returns the call as it would arrive. */
async function signedBySdk(shape: Shape): Promise<{ call: Call; expected: Expected<Caller> }> {
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey: secret, ...(shape.token && { sessionToken: shape.token }) },
    region: 'eu-west-1',
    service: shape.s3 ? 's3' : 'cognito-sync',
    uriEscapePath: !shape.s3,
    applyChecksum: shape.s3,
    sha256: Sha256,
  })
  const request = {
    method: 'PUT',
    protocol: 'https:',
    hostname: 'example.com',
    path: shape.path,
    query: shape.query,
    headers: {
      host: 'example.com:4100',
      // As @aws-sdk/s3-request-presigner does.
      ...(shape.s3 && shape.presign && { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' }),
      ...shape.headers,
    },
    body: shape.body,
  }
  const signingDate = new Date(exampleTime)
  const signed = shape.presign
    ? await signer.presign(request, { signingDate, expiresIn: 600 })
    : await signer.sign(request, { signingDate })
  const query = Object.entries(signed.query ?? {})
    .flatMap(([name, values]) => [values].flat().map((value) => `${escapeUri(name)}=${escapeUri(value ?? '')}`))
    .join('&')
  return {
    call: callOf({ method: 'PUT', path: signed.path, query, headers: Object.entries(signed.headers) }),
    expected: {
      ...s3,
      service: shape.s3 ? 's3' : 'cognito-sync',
      style: shape.s3 ? 's3' : 'rest-json',
      region: 'eu-west-1',
      payloadHash: async () => createHash('sha256').update(shape.body).digest('hex'),
      lookup: knowing(shape.token),
    },
  }
}

// Lone surrogates are no text: no client can send them.
const text = (most: number) => fc.string({ unit: 'grapheme', maxLength: most }).filter((s) => s.isWellFormed())
const segments = fc.array(text(8), { minLength: 1, maxLength: 4 })
const headerText = text(12).map((s) => s.replace(/[\p{Cc}]/gu, ' '))
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/)

const shapes: fc.Arbitrary<Shape> = fc
  .record({
    s3: fc.boolean(),
    parts: segments,
    odd: fc.constantFrom('', '/', '//x', '/./y', '/../z'),
    query: fc.dictionary(
      text(6).filter((s) => s !== '' && !/^x-amz-/i.test(s) && s !== 'Signature' && s !== '__proto__'),
      fc.oneof(text(8), fc.array(text(4), { minLength: 1, maxLength: 3 })),
      { maxKeys: 4 },
    ),
    metadata: fc.dictionary(name, headerText, { maxKeys: 3 }),
    body: text(20),
    token: fc.option(fc.stringMatching(/^[A-Za-z0-9+/=]{1,40}$/), { nil: undefined }),
    presign: fc.boolean(),
  })
  .map(({ parts, odd, metadata, s3: forS3, ...rest }) => ({
    ...rest,
    s3: forS3,
    // A slash inside an S3 key travels as a slash. Only the other services normalise `.` and `..`.
    path: forS3
      ? `/${parts.join('/').split('/').map(escapeUri).join('/')}`
      : `/${parts.map(escapeUri).join('/')}${odd}`,
    headers: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [`x-amz-meta-${key}`, value])),
  }))

describe("the SDK's signer", () => {
  test('whatever it signs verifies: paths, queries, headers, tokens, header and query form', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const { call, expected } = await signedBySdk(shape)
        const signed = await authenticate(call, expected)
        assert.equal(signed?.kind, shape.presign ? 'query' : 'header')
        assert.equal(signed?.region, 'eu-west-1')
      }),
      { numRuns: 300 },
    )
  })

  test('one changed byte anywhere under the signature is refused', async () => {
    const places = fc.constantFrom('method', 'path', 'query', 'header', 'body', 'signature')
    await fc.assert(
      fc.asyncProperty(shapes, places, fc.nat(), async (shape, place, where) => {
        const { call, expected } = await signedBySdk({ ...shape, path: shape.path.replaceAll('.', '') })
        const insert = (given: string) => {
          const at = where % (given.length + 1)
          return `${given.slice(0, at)}x${given.slice(at)}`
        }
        const flip = (given: string) =>
          given.replace(/(ignature=)([0-9a-f])/, (_, before, digit) => before + (digit === '0' ? '1' : '0'))
        // Every header but Authorization, which is not under the signature but holds it.
        const signable = call.rawHeaders.flatMap((_header, i) =>
          i % 2 === 1 && call.rawHeaders[i - 1] !== 'authorization' ? [i] : [],
        )
        const index = signable[where % signable.length]!
        const changeHeader = (index: number, change: (given: string) => string) => {
          const rawHeaders = call.rawHeaders.map((value, i) => (i === index ? change(value) : value))
          const headers = { ...call.headers, [rawHeaders[index - 1]!]: rawHeaders[index]! }
          return { ...call, rawHeaders, headers }
        }
        const holder = call.rawHeaders.indexOf('authorization') + 1
        const changes: Record<typeof place, () => Call> = {
          method: () => ({ ...call, method: 'POST' }),
          path: () => ({ ...call, path: `/${insert(call.path.slice(1))}` }),
          query: () => ({ ...call, query: call.query === '' ? 'x' : insert(call.query) }),
          header: () => changeHeader(index, (given) => `${given}x`),
          body: () => call,
          signature: () => (holder > 0 ? changeHeader(holder, flip) : { ...call, query: flip(call.query) }),
        }
        // S3 holds the body to its hash while reading (payload.test.ts).
        if (place === 'body' && shape.s3) return
        const hash = place === 'body' ? sha256('another body') : expected.payloadHash
        await assert.rejects(authenticate(changes[place](), { ...expected, payloadHash: hash }), { name: /./ })
      }),
      { numRuns: 300 },
    )
  })
})

describe('canonical form', () => {
  const host: [string, string] = ['Host', 'examplebucket.s3.amazonaws.com']
  const canonicalOf = async (extra: readonly [string, string][], signedHeaders: string, more = {}) => {
    const headers = [host, ['x-amz-date', '20130524T000000Z'], ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'], ...extra]
    const call = callOf({
      headers: [...(headers as [string, string][]), ['Authorization', authorization(signedHeaders, 'f'.repeat(64))]],
      ...more,
    })
    return String((await refusalOf(call, s3)).extra['CanonicalRequest'])
  }
  const base = 'host;x-amz-content-sha256;x-amz-date'

  test('repeated headers are joined in received order, trimmed, and their blanks collapsed', async () => {
    const canonical = await canonicalOf(
      [
        ['x-amz-meta-a', '  one   two '],
        ['X-Amz-Meta-A', 'three'],
      ],
      `${base};x-amz-meta-a`,
    )
    assert.match(canonical, /\nx-amz-meta-a:one two,three\n/)
  })
  test('a header that ends in a non-breaking byte keeps it', async () => {
    assert.match(await canonicalOf([['x-amz-meta-a', 'voilà']], `${base};x-amz-meta-a`), /:voilà\n/)
  })
  test('an S3 path is neither normalised nor encoded twice', async () => {
    assert.match(await canonicalOf([], base, { path: '/a//b/../%c3%bc+~%2F' }), /^GET\n\/a\/\/b\/\.\.\/%C3%BC%2B~\/\n/)
  })
  test('parameters are sorted by encoded name, then by value', async () => {
    assert.match(await canonicalOf([], base, { query: 'b=2&a=2&a=1&B=%7e' }), /\nB=~&a=1&a=2&b=2\n/)
  })
})

const signedJson = (over: { date?: string; scope?: string; token?: string; target?: boolean } = {}) =>
  callOf({
    method: 'POST',
    headers: [
      ['Host', 'localhost'],
      ['X-Amz-Date', over.date ?? '20130524T000000Z'],
      ...(over.token === undefined ? [] : [['X-Amz-Security-Token', over.token] as [string, string]]),
      ...(over.target ? [['X-Amz-Target', 'AWSCognitoIdentityService.GetId'] as [string, string]] : []),
      [
        'Authorization',
        authorization(
          'host;x-amz-date',
          'f'.repeat(64),
          over.scope ?? '20130524/us-east-1/cognito-identity/aws4_request',
        ),
      ],
    ],
  })

describe('refusals, in the words of the protocol', () => {
  test('a wrong signature', async () => {
    const call = signedJson()
    const asJson = await refusalOf(call, json)
    assert.equal(asJson.code, 'InvalidSignatureException')
    assert.equal(asJson.status, 400)
    assert.match(
      asJson.message,
      /^The request signature we calculated .* Consult the service documentation for details\.$/,
    )
    const asQuery = await refusalOf(call, { ...json, style: 'query' })
    assert.deepEqual([asQuery.code, asQuery.status], ['SignatureDoesNotMatch', 403])
  })
  test('a request 16 minutes old, and one 16 minutes ahead', async () => {
    const late = await refusalOf(signedJson(), { ...json, now: exampleTime + 16 * 60_000 })
    assert.equal(
      late.message,
      'Signature expired: 20130524T000000Z is now earlier than 20130524T000100Z (20130524T001600Z - 15 min.)',
    )
    const early = await refusalOf(signedJson(), { ...json, now: exampleTime - 16 * 60_000 })
    assert.equal(
      early.message,
      'Signature not yet current: 20130524T000000Z is still later than 20130523T235900Z (20130523T234400Z + 15 min.)',
    )
  })
  test('a scope of another day, region, service or ending', async () => {
    const rows = [
      [
        '20130523/us-east-1/cognito-identity/aws4_request',
        /^Date in Credential scope does not match YYYYMMDD .*: '20130523' != '20130524', from '20130524T000000Z'\.$/,
      ],
      ['20130524/mars/cognito-identity/aws4_request', /^Credential should be scoped to a valid Region, not 'mars'\. $/],
      [
        '20130524/us-east-1/iam/aws4_request',
        /^Credential should be scoped to correct service: 'cognito-identity'\. $/,
      ],
      [
        '20130524/us-east-1/cognito-identity/aws5',
        /^Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'\. $/,
      ],
    ] as const
    for (const [scope, message] of rows) {
      const refusal = await refusalOf(signedJson({ scope }), json)
      assert.equal(refusal.code, 'InvalidSignatureException')
      assert.match(refusal.message, message)
    }
  })
  test('one of several services may be signed for', async () => {
    const refusal = await refusalOf(signedJson(), { ...json, service: ['sts', 'cognito-identity'] })
    assert.match(refusal.message, /^The request signature/)
  })
  test('an unknown key before a wrong signature; a token that is not the key’s; an expired one', async () => {
    const unknown = await refusalOf(signedJson(), { ...json, lookup: async () => ({ refusal: 'unknown-key' }) })
    assert.deepEqual(
      [unknown.code, unknown.message],
      ['UnrecognizedClientException', 'The security token included in the request is invalid.'],
    )
    const wrong = await refusalOf(signedJson({ token: 'x' }), { ...json, style: 'query' })
    assert.deepEqual(
      [wrong.code, wrong.status, wrong.message],
      ['InvalidClientTokenId', 403, 'The security token included in the request is invalid'],
    )
    const expired = await refusalOf(signedJson({ token: 'x' }), {
      ...json,
      lookup: async () => ({ refusal: 'expired-token' }),
    })
    assert.deepEqual(
      [expired.code, expired.message],
      ['ExpiredTokenException', 'The security token included in the request is expired'],
    )
  })
  test('a target that is not under the signature', async () => {
    assert.match(
      (await refusalOf(signedJson({ target: true }), json)).message,
      /^'x-amz-target' must be a 'SignedHeader'/,
    )
  })
  test('a host that is not under the signature', async () => {
    const call = callOf({
      headers: [
        ['Host', 'a'],
        ['x-amz-date', '20130524T000000Z'],
        [
          'Authorization',
          authorization('x-amz-date', 'f'.repeat(64), '20130524/us-east-1/cognito-identity/aws4_request'),
        ],
      ],
    })
    assert.equal(
      (await refusalOf(call, json)).message,
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    )
  })
  test('a host that is signed by the name that HTTP/2 has for it, where nothing came by HTTP/2', async () => {
    const signed = (...host: [string, string][]) =>
      callOf({
        headers: [
          ...host,
          ['x-amz-date', '20130524T000000Z'],
          [
            'Authorization',
            authorization(':authority;x-amz-date', 'f'.repeat(64), '20130524/us-east-1/cognito-identity/aws4_request'),
          ],
        ],
      })
    assert.match((await refusalOf(signed(['Host', 'a']), json)).message, /^'Host' or ':authority' must be/)
    assert.match((await refusalOf(signed([':authority', 'a'], ['host', 'a']), json)).message, /does not match/)
  })
  test('another algorithm is named, and nothing else', async () => {
    for (const style of ['json', 'rest-json', 'query'] as const) {
      const header = 'AWS4-HMAC-SHA512 Credential=a/b/c/d/e'
      const refusal = await refusalOf(callOf({ headers: [['Authorization', header]] }), { ...json, style })
      assert.equal(refusal.message, "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'.")
    }
  })
  test('missing parts are listed, each with its sentence', async () => {
    const header = 'AWS4-HMAC-SHA256 Credential=a/b/c/d/e'
    const refusal = await refusalOf(callOf({ headers: [['Authorization', header]] }), json)
    assert.equal(refusal.code, 'IncompleteSignatureException')
    assert.equal(
      refusal.message,
      "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. " +
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. " +
        `(Hashed with SHA-256 and encoded with Base64) Authorization=${createHash('sha256').update(header).digest('base64')}`,
    )
    const query = await refusalOf(callOf({ query: 'X-Amz-Algorithm=AWS4-HMAC-SHA256' }), json)
    assert.match(
      query.message,
      /^AWS query-string parameters must include 'X-Amz-Credential'\. .* Re-examine the query-string parameters\.$/,
    )
  })
  test('header and query together, of whatever scheme', async () => {
    for (const header of ['AWS4-HMAC-SHA256 Credential=a/b/c/d/e', 'Bearer x']) {
      const call = callOf({
        ...presigned,
        headers: [
          ['Host', 'a'],
          ['Authorization', header],
        ],
      })
      assert.equal((await refusalOf(call, s3)).code, 'InvalidArgument')
      assert.match((await refusalOf(call, json)).message, /^Found both 'X-Amz-Algorithm'/)
    }
  })
  test('malformed Authorization headers are refused, not crashed on', async () => {
    const headers = [
      'AWS4-HMAC-SHA256',
      'AWS4-HMAC-SHA256 ',
      'AWS4-HMAC-SHA256 ,,,',
      'AWS4-HMAC-SHA256 Credential=//////, SignedHeaders=;;, Signature=zz',
      'AWS4-HMAC-SHA256 Credential, SignedHeaders, Signature',
      'AWS4-ECDSA-P256-SHA256 Credential=a, SignedHeaders=b, Signature=c',
      `AWS4-HMAC-SHA256 Credential=a/20130524/b/c/d, Credential=a/20130524/b/c/d, SignedHeaders=b, Signature=c`,
    ]
    for (const style of ['json', 'rest-json', 'query', 's3'] as const) {
      for (const header of headers) {
        const call = callOf({
          headers: [
            ['Host', 'a'],
            ['x-amz-date', '20130524T000000Z'],
            ['Authorization', header],
          ],
        })
        assert.equal((await refusalOf(call, { ...json, style })).detail?.startsWith('signature: '), true, header)
      }
    }
  })
  test('a date that no calendar has', async () => {
    assert.match((await refusalOf(signedJson({ date: '20130231T000000Z' }), json)).message, /^Date must be in ISO-8601/)
  })
  test('nothing signed, or another scheme, is nobody; S3 refuses the other scheme', async () => {
    assert.equal(await authenticate(callOf({}), json), undefined)
    const bearer = callOf({ headers: [['Authorization', 'Bearer x']] })
    assert.equal(await authenticate(bearer, json), undefined)
    assert.equal((await refusalOf(bearer, s3)).message, 'Unsupported Authorization Type')
    const legacy = callOf({ headers: [['Authorization', 'AWS AKID:sig']] })
    assert.equal((await refusalOf(legacy, s3)).code, 'InvalidRequest')
  })
})

describe('S3', () => {
  const call = (over: { extra?: [string, string][]; hash?: string | undefined } = {}) => {
    const hash = 'hash' in over ? over.hash : 'UNSIGNED-PAYLOAD'
    return callOf({
      headers: [
        ['Host', 'a'],
        ['x-amz-date', '20130524T000000Z'],
        ...(hash === undefined ? [] : [['x-amz-content-sha256', hash] as [string, string]]),
        ...(over.extra ?? []),
        ['Authorization', authorization('host;x-amz-content-sha256;x-amz-date', 'f'.repeat(64))],
      ],
    })
  }
  test('a wrong signature shows what was signed, also as bytes', async () => {
    const { code, status, extra } = await refusalOf(call(), s3)
    assert.deepEqual([code, status], ['SignatureDoesNotMatch', 403])
    assert.deepEqual(Object.keys(extra), [
      'AWSAccessKeyId',
      'StringToSign',
      'SignatureProvided',
      'StringToSignBytes',
      'CanonicalRequest',
      'CanonicalRequestBytes',
    ])
    assert.match(String(extra['StringToSignBytes']), /^41 57 53 34 /)
  })
  test('unsigned x-amz-* headers are named', async () => {
    const refusal = await refusalOf(call({ extra: [['X-Amz-Acl', 'public-read']] }), s3)
    assert.equal(refusal.message, 'There were headers present in the request which were not signed')
    assert.equal(refusal.extra['HeadersNotSigned'], 'x-amz-acl')
  })
  test('the payload hash must be there and be one of the known forms', async () => {
    assert.equal(
      (await refusalOf(call({ hash: undefined }), s3)).message,
      'Missing required header for this request: x-amz-content-sha256',
    )
    for (const hash of ['abc', 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD', 'E'.repeat(64)]) {
      assert.equal((await refusalOf(call({ hash }), s3)).extra['ArgumentValue'], hash)
    }
  })
  test('a clock that is off', async () => {
    const refusal = await refusalOf(call(), { ...s3, now: exampleTime + 16 * 60_000 })
    assert.equal(refusal.code, 'RequestTimeTooSkewed')
    assert.deepEqual(refusal.extra, {
      RequestTime: '20130524T000000Z',
      ServerTime: '2013-05-24T00:16:00Z',
      MaxAllowedSkewMilliseconds: 900_000,
    })
  })
  test('another region', async () => {
    const refusal = await refusalOf(call(), { ...s3, region: 'eu-west-1' })
    assert.equal(
      refusal.message,
      "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
    )
    assert.equal(refusal.extra['Region'], 'eu-west-1')
  })
  test('a link dies at its second and not before', async () => {
    const last = { ...s3, now: exampleTime + 86_400_000 }
    assert.ok(await authenticate(callOf(presigned), last))
    const refusal = await refusalOf(callOf(presigned), { ...last, now: last.now + 1000 })
    assert.equal(refusal.message, 'Request has expired')
    assert.deepEqual(refusal.extra, {
      'X-Amz-Expires': 86400,
      Expires: '2013-05-25T00:00:00Z',
      ServerTime: '2013-05-25T00:00:01Z',
    })
    assert.equal(
      (await refusalOf(callOf(presigned), { ...s3, now: exampleTime - 3_600_000 })).message,
      'Request is not valid yet',
    )
  })
  test('X-Amz-Expires is a number of at most a week', async () => {
    for (const [given, text] of [
      ['604801', /less than a week/],
      ['-1', /non-negative/],
      ['x', /should be a number/],
    ] as const) {
      const query = presignedQuery.replace('Expires=86400', `Expires=${given}`)
      assert.match((await refusalOf(callOf({ ...presigned, query }), s3)).message, text)
    }
    const none = presignedQuery.replace('X-Amz-Expires=86400&', '')
    assert.equal((await refusalOf(callOf({ ...presigned, query: none }), s3)).code, 'AuthorizationQueryParametersError')
  })
  test('a parameter of the signature that comes twice is refused', async () => {
    const query = `${presignedQuery}&X-Amz-Expires=86400`
    assert.equal((await refusalOf(callOf({ ...presigned, query }), s3)).code, 'AuthorizationQueryParametersError')
  })
})

describe('a token added to the query after signing', () => {
  const key = signingKey(secret, { date: '20130524', region: 'us-east-1', service: 'cognito-identity' })
  const scope = '20130524/us-east-1/cognito-identity/aws4_request'
  const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(`${accessKeyId}/${scope}`)}&X-Amz-Date=20130524T000000Z&X-Amz-SignedHeaders=host`
  const canonical = `GET\n/\n${query}\nhost:a\n\nhost\n${sha256('')}`
  const signature = sign(key, `AWS4-HMAC-SHA256\n20130524T000000Z\n${scope}\n${sha256(canonical)}`)
  const call = callOf({
    query: `${query}&X-Amz-Signature=${signature}&X-Amz-Security-Token=token`,
    headers: [['Host', 'a']],
  })
  const expected = { ...json, payloadHash: sha256(''), lookup: knowing('token') }

  test('is accepted outside S3, and X-Amz-Expires may be left out there', async () => {
    assert.equal((await authenticate(call, expected))?.found.caller.name, 'tester')
  })
  test('but a link without X-Amz-Expires lives no longer than the clock window', async () => {
    assert.match((await refusalOf(call, { ...expected, now: exampleTime + 16 * 60_000 })).message, /^Signature expired/)
  })
  test('and a second token elsewhere that differs is refused', async () => {
    const rawHeaders = [...call.rawHeaders, 'x-amz-security-token', 'other']
    const two = { ...call, rawHeaders, headers: { ...call.headers, 'x-amz-security-token': 'other' } }
    assert.equal((await refusalOf(two, expected)).code, 'UnrecognizedClientException')
  })
})

describe('POST policies', () => {
  const policy = Buffer.from('{"expiration":"2013-05-25T00:00:00Z","conditions":[]}').toString('base64')
  const fields = {
    policy,
    algorithm: 'AWS4-HMAC-SHA256',
    credential: `${accessKeyId}/20130524/us-east-1/s3/aws4_request`,
    date: '20130524T000000Z',
    signature: sign(signingKey(secret, { date: '20130524', region: 'us-east-1', service: 's3' }), policy),
    token: undefined,
  }
  const known = { lookup: knowing(), region: 'us-east-1' }
  test('a signed policy names its signer', async () => {
    assert.equal((await verifyPolicySignature(fields, known)).found.caller.name, 'tester')
  })
  test('a changed policy, key, region, date or algorithm is refused', async () => {
    const changes = [
      { policy: `${policy.slice(0, -2)}x=` },
      { signature: '0'.repeat(64) },
      { credential: `${accessKeyId}/20130524/eu-west-1/s3/aws4_request` },
      { credential: `${accessKeyId}/20130523/us-east-1/s3/aws4_request` },
      { credential: `OTHER/20130524/us-east-1/s3/aws4_request` },
      { algorithm: 'none' },
      { token: 'x' },
    ]
    for (const change of changes) {
      await assert.rejects(verifyPolicySignature({ ...fields, ...change }, known), { detail: /^signature: / })
    }
  })
})

test('headers are walked through once, however many are signed', () => {
  const names = Array.from({ length: 100 }, (_, index) => `x-${index}`)
  let looked = 0
  const rawHeaders = new Proxy(
    names.flatMap((name) => [name, ' a  b ']),
    {
      get(target, at) {
        if (typeof at === 'string' && /^\d+$/.test(at)) looked++
        return Reflect.get(target, at)
      },
    },
  )
  const rules = { signedHeaders: names, payloadHash: '', s3: false, without: [] }
  const canonical = canonicalRequest({ method: 'GET', path: '/', query: '', rawHeaders }, rules)
  assert.ok(canonical.includes('x-7:a b\n'))
  assert.equal(looked, rawHeaders.length)
})
