import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
const Bucket = 'uploads'
before(async () => {
  server = await startTestServer()
  await server.clients.s3.send(new CreateBucketCommand({ Bucket }))
})
after(() => server.close())

const mebibyte = 1024 * 1024
const named = (name: string) => (error: Error) => error.name === name
const bytesOf = async (Key: string, more: object = {}) => {
  const { Body } = await server.clients.s3.send(new GetObjectCommand({ Bucket, Key, ...more }))
  return Buffer.from(await Body!.transformToByteArray())
}
const begin = async (Key: string, more: object = {}) => {
  const { UploadId } = await server.clients.s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))
  return { Bucket, Key, UploadId }
}
type Begun = Awaited<ReturnType<typeof begin>>
const send = async (begun: Begun, PartNumber: number, Body: Buffer, more: object = {}) => {
  const { ETag } = await server.clients.s3.send(new UploadPartCommand({ ...begun, PartNumber, Body, ...more }))
  return { PartNumber, ETag }
}
const complete = (begun: Begun, Parts: object[], more: object = {}) =>
  server.clients.s3.send(new CompleteMultipartUploadCommand({ ...begun, MultipartUpload: { Parts }, ...more }))

test("lib-storage's upload in parts arrives whole", async () => {
  const whole = Buffer.from(Array.from({ length: 12 * mebibyte }, (_, index) => (index >> 10) & 0xff))
  const upload = new Upload({
    client: server.clients.s3,
    params: {
      Bucket,
      Key: 'in-parts',
      Body: Readable.from([whole.subarray(0, 7_000_000), whole.subarray(7_000_000)]),
      ContentType: 'x/y',
    },
    partSize: 5 * mebibyte,
  })
  const made = await upload.done()
  assert.match(made.ETag ?? '', /^"[0-9a-f]{32}-3"$/)
  assert.deepEqual(await bytesOf('in-parts'), whole)
  const across = 5 * mebibyte
  assert.deepEqual(
    await bytesOf('in-parts', { Range: `bytes=${across - 10}-${across + 9}` }),
    whole.subarray(across - 10, across + 10),
  )
  assert.deepEqual(await bytesOf('in-parts', { PartNumber: 3 }), whole.subarray(10 * mebibyte))
  const head = await server.clients.s3.send(new HeadObjectCommand({ Bucket, Key: 'in-parts', PartNumber: 1 }))
  assert.deepEqual([head.PartsCount, head.ContentLength, head.ContentType], [3, 5 * mebibyte, 'x/y'])
})

test("a completed upload's ETag is the MD5 of the parts' MD5s, and its checksum covers the whole", async () => {
  const parts = [Buffer.alloc(5 * mebibyte, 1), Buffer.from('end')]
  const begun = await begin('sums', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' })
  const sent = [await send(begun, 1, parts[0]!), await send(begun, 2, parts[1]!)]
  const made = await complete(begun, sent)
  const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest()
  assert.equal(made.ETag, `"${md5(Buffer.concat(parts.map(md5))).toString('hex')}-2"`)
  const whole = await server.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'same', Body: Buffer.concat(parts) }))
  assert.equal(made.ChecksumCRC32, whole.ChecksumCRC32)
  assert.equal(made.ChecksumType, 'FULL_OBJECT')
})

test('parts must be in order, known, and large enough', async () => {
  const begun = await begin('checked')
  const first = await send(begun, 1, Buffer.alloc(1000))
  const second = await send(begun, 2, Buffer.alloc(1000))
  await assert.rejects(complete(begun, [second, first]), named('InvalidPartOrder'))
  await assert.rejects(
    complete(begun, [{ ...first, ETag: '"00000000000000000000000000000000"' }]),
    named('InvalidPart'),
  )
  await assert.rejects(complete(begun, [first, { ...second, PartNumber: 3 }]), named('InvalidPart'))
  await assert.rejects(complete(begun, [first, second]), named('EntityTooSmall'))
  await complete(begun, [second])
  assert.equal((await bytesOf('checked')).length, 1000)
  await assert.rejects(complete(begun, [second]), named('NoSuchUpload'))
  await assert.rejects(send(begun, 3, Buffer.alloc(1)), named('NoSuchUpload'))
  await assert.rejects(send(begun, 0, Buffer.alloc(1)), named('InvalidArgument'))
  await assert.rejects(send(begun, 10_001, Buffer.alloc(1)), named('InvalidArgument'))
})

test('an upload that is not as large as was expected is not completed', async () => {
  const upload = await begin('sized')
  const part = await send(upload, 1, Buffer.alloc(10))
  await assert.rejects(complete(upload, [part], { MpuObjectSize: 11 }), named('InvalidRequest'))
  await complete(upload, [part], { MpuObjectSize: 10 })
})

test('of two completions of one upload at the same time one succeeds', async () => {
  const begun = await begin('twice')
  const part = await send(begun, 1, Buffer.from('x'))
  const outcomes = await Promise.allSettled([complete(begun, [part]), complete(begun, [part]), complete(begun, [part])])
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  assert.equal((await bytesOf('twice')).toString(), 'x')
})

test('a part that comes again replaces the former', async () => {
  const begun = await begin('replaced')
  await send(begun, 1, Buffer.from('old'))
  await complete(begun, [await send(begun, 1, Buffer.from('new'))])
  assert.equal((await bytesOf('replaced')).toString(), 'new')
})

test('uploads and their parts are listed, page by page, and an abort ends them', async () => {
  const { s3 } = server.clients
  const [one, two] = [await begin('listed/1'), await begin('listed/2')]
  await send(one, 1, Buffer.from('a'))
  await send(one, 5, Buffer.from('bb'))
  const first = await s3.send(new ListPartsCommand({ ...one, MaxParts: 1 }))
  assert.deepEqual([first.IsTruncated, first.NextPartNumberMarker, first.Parts?.[0]?.Size], [true, '1', 1])
  const second = await s3.send(new ListPartsCommand({ ...one, PartNumberMarker: '1' }))
  assert.deepEqual(
    second.Parts?.map(({ PartNumber }) => PartNumber),
    [5],
  )
  const page = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'listed/', MaxUploads: 1 }))
  assert.deepEqual([page.IsTruncated, page.Uploads?.[0]?.UploadId], [true, one.UploadId])
  const rest = await s3.send(
    new ListMultipartUploadsCommand({
      Bucket,
      Prefix: 'listed/',
      KeyMarker: page.NextKeyMarker,
      UploadIdMarker: page.NextUploadIdMarker,
    }),
  )
  assert.deepEqual(
    rest.Uploads?.map(({ UploadId }) => UploadId),
    [two.UploadId],
  )
  const folded = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'l', Delimiter: '/' }))
  assert.deepEqual(folded.CommonPrefixes, [{ Prefix: 'listed/' }])
  await s3.send(new AbortMultipartUploadCommand(one))
  await assert.rejects(s3.send(new ListPartsCommand(one)), named('NoSuchUpload'))
  await assert.rejects(s3.send(new AbortMultipartUploadCommand(one)), named('NoSuchUpload'))
})

test('a part may be a range of another object', async () => {
  await server.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: '0123456789' }))
  const begun = await begin('from-copy')
  const copy = { ...begun, PartNumber: 1, CopySource: `${Bucket}/source` }
  const { CopyPartResult } = await server.clients.s3.send(
    new UploadPartCopyCommand({ ...copy, CopySourceRange: 'bytes=2-5' }),
  )
  await assert.rejects(
    server.clients.s3.send(new UploadPartCopyCommand({ ...copy, CopySourceRange: 'bytes=2-50' })),
    named('InvalidArgument'),
  )
  await complete(begun, [{ PartNumber: 1, ETag: CopyPartResult?.ETag }])
  assert.equal((await bytesOf('from-copy')).toString(), '2345')
})

test('presigned links put and get without credentials, until they expire', async () => {
  const { s3 } = server.clients
  const putLink = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'linked', Metadata: { a: 'b' } }), {
    expiresIn: 60,
  })
  assert.equal((await fetch(putLink, { method: 'PUT', body: 'by link' })).status, 200)
  const getLink = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'linked' }), { expiresIn: 60 })
  const answer = await fetch(getLink)
  assert.deepEqual([answer.status, await answer.text(), answer.headers.get('x-amz-meta-a')], [200, 'by link', 'b'])
  const other = await fetch(getLink.replace('/linked', '/in-parts'))
  assert.equal(other.status, 403)
  assert.match(await other.text(), /<Code>SignatureDoesNotMatch</)
  server.world.clock.advance(61_000)
  const late = await fetch(getLink)
  assert.equal(late.status, 403)
  assert.match(await late.text(), /Request has expired.*<X-Amz-Expires>60</)
  server.world.clock.advance(-61_000)
})

const post = async (
  conditions: object[],
  fields: Record<string, string>,
  file: string | Blob,
  Key = 'form/${filename}',
) => {
  const made = await createPresignedPost(server.clients.s3, {
    Bucket,
    Key,
    Conditions: conditions as never,
    Fields: fields,
    Expires: 60,
  })
  const form = new FormData()
  for (const [name, value] of Object.entries(made.fields)) form.append(name, value)
  return {
    url: made.url,
    form,
    send: () => {
      form.append('file', typeof file === 'string' ? new Blob([file]) : file, 'me.png')
      return fetch(made.url, { method: 'POST', body: form, redirect: 'manual' })
    },
  }
}

test('a browser form uploads what its policy allows', async () => {
  const made = await post(
    [
      ['content-length-range', 1, 100],
      ['starts-with', '$Content-Type', 'image/'],
    ],
    { 'Content-Type': 'image/png' },
    'picture',
  )
  const answer = await made.send()
  assert.equal(answer.status, 204, await answer.clone().text())
  assert.equal((await bytesOf('form/me.png')).toString(), 'picture')
  const head = await server.clients.s3.send(new HeadObjectCommand({ Bucket, Key: 'form/me.png' }))
  assert.equal(head.ContentType, 'image/png')
})

test('a form beyond its policy is refused: size, field, value, extra field, time', async () => {
  const code = async (answer: Response) => [answer.status, /<Code>(\w+)</.exec(await answer.text())?.[1]]
  const large = await post([['content-length-range', 1, 5]], {}, 'too large')
  assert.deepEqual(await code(await large.send()), [400, 'EntityTooLarge'])
  const small = await post([['content-length-range', 50, 60]], {}, 'too small')
  assert.deepEqual(await code(await small.send()), [400, 'EntityTooSmall'])
  const extra = await post([], {}, 'x')
  extra.form.append('x-amz-meta-more', '1')
  assert.deepEqual(await code(await extra.send()), [403, 'AccessDenied'])
  const changed = await post([], {}, 'x', 'fixed')
  changed.form.set('key', 'other')
  assert.deepEqual(await code(await changed.send()), [403, 'AccessDenied'])
  const forged = await post([], {}, 'x')
  forged.form.set('Policy', Buffer.from('{"expiration":"2999-01-01T00:00:00Z","conditions":[]}').toString('base64'))
  assert.deepEqual(await code(await forged.send()), [403, 'SignatureDoesNotMatch'])
  const late = await post([], {}, 'x')
  server.world.clock.advance(61_000)
  assert.deepEqual(await code(await late.send()), [403, 'AccessDenied'])
  server.world.clock.advance(-61_000)
})

test('a form may ask for 201 with a document, or for a redirect', async () => {
  const created = await (
    await post([{ success_action_status: '201' }], { success_action_status: '201' }, 'x', 'done')
  ).send()
  assert.equal(created.status, 201)
  assert.match(await created.text(), /<PostResponse>.*<Key>done<\/Key>/)
  const to = 'https://example.com/thanks?a=1'
  const sent = await (
    await post([{ success_action_redirect: to }], { success_action_redirect: to }, 'x', 'done')
  ).send()
  assert.equal(sent.status, 303)
  assert.match(
    sent.headers.get('location') ?? '',
    /^https:\/\/example\.com\/thanks\?a=1&bucket=uploads&key=done&etag=%22/,
  )
})

test('fields before the file are limited to twenty kilobytes', async () => {
  const long = await post([['starts-with', '$x-amz-meta-long', '']], { 'x-amz-meta-long': 'a'.repeat(21_000) }, 'x')
  const answer = await long.send()
  assert.match(await answer.text(), /MaxPostPreDataLengthExceededError/)
})

test('a form uploads a file of any size, byte for byte, with its tags', async () => {
  const tagging = '<Tagging><TagSet><Tag><Key>from</Key><Value>a form + more</Value></Tag></TagSet></Tagging>'
  for (const size of [0, 1, 16 * 1024, 16 * 1024 + 1, 300_000, 12 * 1024 * 1024 + 7]) {
    // Boundaries and line ends inside the file are bytes like others.
    const bytes = Buffer.alloc(size, `\r\n--${size}\r\n-`)
    const made = await post([{ tagging }], { tagging }, new Blob([bytes]), `sizes/${size}`)
    const answer = await made.send()
    assert.equal(answer.status, 204, await answer.clone().text())
    assert.equal(answer.headers.get('x-amz-server-side-encryption'), 'AES256')
    assert.ok((await bytesOf(`sizes/${size}`)).equals(bytes), `${size}`)
  }
  const { TagSet } = await server.clients.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'sizes/1' }))
  assert.deepEqual(TagSet, [{ Key: 'from', Value: 'a form + more' }])
})

for (const [ChecksumAlgorithm, types] of [
  ['CRC32', ['FULL_OBJECT', 'COMPOSITE']],
  ['CRC32C', ['FULL_OBJECT', 'COMPOSITE']],
  ['CRC64NVME', ['FULL_OBJECT']],
  ['SHA1', ['COMPOSITE']],
  ['SHA256', ['COMPOSITE']],
] as const) {
  for (const ChecksumType of ['FULL_OBJECT', 'COMPOSITE'] as const) {
    const possible = (types as readonly string[]).includes(ChecksumType)
    test(`an upload in parts with ${ChecksumAlgorithm} ${ChecksumType} is ${possible ? 'verified' : 'refused'}`, async () => {
      const { s3 } = server.clients
      const Key = `sums/${ChecksumAlgorithm}-${ChecksumType}`
      const create = s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm, ChecksumType }))
      if (!possible) return assert.rejects(create, { name: 'InvalidRequest' })
      const { UploadId } = await create
      const bodies = [Buffer.alloc(5 * 1024 * 1024, 'a'), Buffer.alloc(99, 'b')]
      const field = `Checksum${ChecksumAlgorithm}` as const
      const Parts: { PartNumber: number; ETag?: string; [sum: string]: unknown }[] = []
      for (const [index, Body] of bodies.entries()) {
        const sent = await s3.send(
          new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: index + 1, Body, ChecksumAlgorithm }),
        )
        Parts.push({ PartNumber: index + 1, ETag: sent.ETag!, [field]: sent[field] })
      }
      const finish = (more: object, parts = Parts) =>
        s3.send(
          new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: parts }, ...more }),
        )
      const other = Parts.map((part) => ({ ...part, [field]: Parts[0]![field] }))
      await assert.rejects(finish({}, other), { name: 'InvalidPart' })
      const done = await finish({})
      assert.equal(done.ChecksumType, ChecksumType)
      const head = await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
      assert.equal(head[field], done[field])
      assert.equal(/-2$/.test(done[field] ?? ''), ChecksumType === 'COMPOSITE')
      if (ChecksumType === 'FULL_OBJECT') {
        const whole = { Bucket, Key: `${Key}-whole`, Body: Buffer.concat(bodies), ChecksumAlgorithm }
        assert.equal((await s3.send(new PutObjectCommand(whole)))[field], done[field])
      }
      assert.ok((await bytesOf(Key)).equals(Buffer.concat(bodies)))
    })
  }
}

test('uploads are listed page by page, folded at a delimiter: each once, whatever the size of a page', async () => {
  const { s3 } = server.clients
  const names = ['p/a/1', 'p/a/2', 'p/a/3', 'p/b', 'p/b', 'p/c/1', 'p/c/2', 'p/d']
  for (const Key of names) await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
  for (const MaxUploads of [1, 2, 3, 1000]) {
    const seen: string[] = []
    let markers: { KeyMarker?: string; UploadIdMarker?: string } = {}
    for (;;) {
      const page = await s3.send(
        new ListMultipartUploadsCommand({ Bucket, Prefix: 'p/', Delimiter: '/', MaxUploads, ...markers }),
      )
      const found = [
        ...(page.Uploads ?? []).map(({ Key }) => Key),
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
      ]
      assert.ok(found.length > 0 && found.length <= MaxUploads)
      seen.push(...found.map(String))
      if (!page.IsTruncated) break
      markers = { KeyMarker: page.NextKeyMarker ?? '', UploadIdMarker: page.NextUploadIdMarker ?? '' }
    }
    assert.deepEqual(seen.sort(), ['p/a/', 'p/b', 'p/b', 'p/c/', 'p/d'], `${MaxUploads}`)
  }
})
