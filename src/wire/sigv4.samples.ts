/** Requests for the signature tests: AWS's published examples, and calls as the HTTP server would hand them over. */
import { Readable } from 'node:stream'
import type { Call } from './http.ts'
import type { Found } from './sigv4.ts'

export const accessKeyId = 'AKIAIOSFODNN7EXAMPLE'
export const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
export const exampleTime = Date.UTC(2013, 4, 24)
export const exampleScope = '20130524/us-east-1/s3/aws4_request'

type Wanted = { method?: string; path?: string; query?: string; headers?: readonly [string, string][]; body?: Buffer[] }

/** A call; header values are given as text and arrive as their UTF-8 bytes, one character each, as Node delivers them. */
export function callOf({ method = 'GET', path = '/', query = '', headers = [], body = [] }: Wanted): Call {
  const rawHeaders = headers.flatMap(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')])
  const joined: Record<string, string> = {}
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase()
    joined[name] = joined[name] === undefined ? rawHeaders[i + 1]! : `${joined[name]}, ${rawHeaders[i + 1]}`
  }
  return {
    id: '00000000-0000-4000-8000-000000000000',
    method,
    path,
    query,
    headers: joined,
    rawHeaders,
    body: Readable.from(body),
    address: '127.0.0.1',
    secure: false,
  }
}

export type Caller = { name: string }

/** Knows one key; `token` is the session token it needs, if any. */
export const knowing =
  (token?: string) =>
  async (id: string, given: string | undefined): Promise<Found<Caller>> => {
    if (id !== accessKeyId) return { refusal: 'unknown-key' }
    if (given !== token) return { refusal: 'bad-token' }
    return { secret, caller: { name: 'tester' } }
  }

export const authorization = (signedHeaders: string, signature: string, scope = exampleScope) =>
  `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope},SignedHeaders=${signedHeaders},Signature=${signature}`

const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const bucket: [string, string] = ['Host', 'examplebucket.s3.amazonaws.com']
const date: [string, string] = ['x-amz-date', '20130524T000000Z']
const empty: [string, string] = ['x-amz-content-sha256', emptyHash]

/** S3 API Reference, "Examples: Signature Calculations". */
export const published: readonly { title: string; call: Wanted; signedHeaders: string; signature: string }[] = [
  {
    title: 'GET object with a range',
    call: { path: '/test.txt', headers: [bucket, ['Range', 'bytes=0-9'], empty, date] },
    signedHeaders: 'host;range;x-amz-content-sha256;x-amz-date',
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  {
    title: 'PUT object with an encoded key and both dates',
    call: {
      method: 'PUT',
      path: '/test%24file.text',
      headers: [
        ['Date', 'Fri, 24 May 2013 00:00:00 GMT'],
        bucket,
        ['x-amz-content-sha256', '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072'],
        date,
        ['x-amz-storage-class', 'REDUCED_REDUNDANCY'],
      ],
    },
    signedHeaders: 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  {
    title: 'GET with a parameter that has no value',
    call: { query: 'lifecycle', headers: [bucket, empty, date] },
    signedHeaders: 'host;x-amz-content-sha256;x-amz-date',
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    title: 'GET with parameters',
    call: { query: 'max-keys=2&prefix=J', headers: [bucket, empty, date] },
    signedHeaders: 'host;x-amz-content-sha256;x-amz-date',
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
]

export const presignedQuery = [
  'X-Amz-Algorithm=AWS4-HMAC-SHA256',
  'X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request',
  'X-Amz-Date=20130524T000000Z',
  'X-Amz-Expires=86400',
  'X-Amz-SignedHeaders=host',
  'X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
].join('&')

export const presigned: Wanted = { path: '/test.txt', query: presignedQuery, headers: [bucket] }

/** S3 API Reference, "Transferring Payload in Multiple Chunks" and "… with trailing headers". */
export const streamed = {
  signed: {
    headers: [
      ['Content-Encoding', 'aws-chunked'],
      ['Content-Length', '66824'],
      ['Host', 's3.amazonaws.com'],
      ['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'],
      date,
      ['x-amz-decoded-content-length', '66560'],
      ['x-amz-storage-class', 'REDUCED_REDUNDANCY'],
    ] as [string, string][],
    seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    chunks: [
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    ],
    trailer: undefined,
  },
  signedTrailer: {
    headers: [
      ['Content-Encoding', 'aws-chunked'],
      ['Host', 's3.amazonaws.com'],
      ['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'],
      date,
      ['x-amz-decoded-content-length', '66560'],
      ['x-amz-storage-class', 'REDUCED_REDUNDANCY'],
      ['x-amz-trailer', 'x-amz-checksum-crc32c'],
    ] as [string, string][],
    seed: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
    chunks: [
      'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
      '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
      '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
    ],
    trailer: 'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
  },
}
export type Streamed = (typeof streamed)['signed'] | (typeof streamed)['signedTrailer']

/** The published upload: 66,560 times `a` in chunks of 65,536, 1,024 and 0. */
export function streamedBody({ chunks, trailer }: Streamed): Buffer {
  const sizes = [65536, 1024, 0]
  const parts = chunks.map((signature, i) => {
    const size = sizes[i]!
    const end = size > 0 ? '\r\n' : trailer ? '' : '\r\n'
    return `${size.toString(16)};chunk-signature=${signature}\r\n${'a'.repeat(size)}${end}`
  })
  if (trailer) parts.push(`x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:${trailer}\r\n\r\n`)
  return Buffer.from(parts.join(''))
}

export function streamedCall(sample: Streamed, body: Buffer[]): Call {
  const signedHeaders = sample.headers
    .map(([name]) => name.toLowerCase())
    .sort()
    .join(';')
  return callOf({
    method: 'PUT',
    path: '/examplebucket/chunkObject.txt',
    headers: [...sample.headers, ['Authorization', authorization(signedHeaders, sample.seed)]],
    body,
  })
}
