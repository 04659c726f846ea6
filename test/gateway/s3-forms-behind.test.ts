/** Browsers' forms to buckets of a server behind: decided here, stored there, and only whole. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import {
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketCorsCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post'
import { makePeople, type People, type Person, self, upstream } from '../support/gateway.ts'
import { document } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const Bucket = 'far-forms'
const page = 'https://app.example'
const large = randomBytes(1_000_003)

describe("browsers' forms to buckets behind", { timeout: 60_000 }, () => {
  let outside: TestServer
  let server: TestServer
  let people: People
  let me: Person
  let mine: S3Client
  const own = (...more: object[]) =>
    document(
      { Effect: 'Allow', Action: ['s3:PutObject'], Resource: `arn:aws:s3:::${Bucket}/${self}/*` },
      ...(more as []),
    )
  before(async () => {
    outside = await startTestServer({ settings: { account: '999999999999' } })
    const keys = { accessKeyId: 'test', secretAccessKey: 'test' }
    server = await startTestServer({
      settings: { upstreams: { s3: [upstream(outside.endpoint, { match: 'far-*', keys })] } },
    })
    const there = outside.clients.s3
    await there.send(new CreateBucketCommand({ Bucket }))
    const CORSRules = [{ AllowedOrigins: [page], AllowedMethods: ['POST'], ExposeHeaders: ['ETag'] }]
    await there.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }))
    people = await makePeople(server)
    me = await people.join()
    await people.allow(own())
    mine = new S3Client({ ...me.config, forcePathStyle: true })
  })
  after(async () => {
    mine?.destroy()
    await server?.close()
    await outside?.close()
  })

  type Asked = { Conditions?: PresignedPostOptions['Conditions']; Fields?: Record<string, string>; owner?: string }
  const nameOf = (name: string, owner = me.identityId) => `${owner}/${name}`
  async function formOf(name: string, { Conditions, Fields, owner }: Asked = {}) {
    const asked = { Bucket, Key: nameOf(name, owner), ...(Conditions && { Conditions }), ...(Fields && { Fields }) }
    const { url, fields } = await createPresignedPost(mine, asked)
    const form = new FormData()
    for (const [field, value] of Object.entries(fields)) form.append(field, value)
    return { url, form, fields }
  }
  async function post(name: string, file: Buffer | string, asked: Asked = {}, headers: Record<string, string> = {}) {
    const { url, form } = await formOf(name, asked)
    form.append('file', new Blob([new Uint8Array(Buffer.from(file))]), 'my file.png')
    return fetch(url, { method: 'POST', body: form, redirect: 'manual', headers })
  }
  const codeOf = async (answer: Response) => [answer.status, /<Code>(\w+)</.exec(await answer.text())?.[1]]
  const there = (name: string) => outside.clients.s3.send(new HeadObjectCommand({ Bucket, Key: nameOf(name) }))
  const absent = (name: string) => assert.rejects(there(name), { name: 'NotFound' })
  const bytesThere = async (name: string) => {
    const got = await outside.clients.s3.send(new GetObjectCommand({ Bucket, Key: nameOf(name) }))
    return Buffer.from((await got.Body?.transformToByteArray()) ?? [])
  }

  test('small and large files arrive whole, with what the form says of them', async () => {
    for (const file of [Buffer.from('picture'), Buffer.alloc(0), large]) {
      const Fields = { 'Content-Type': 'image/png', 'x-amz-meta-who': 'mü', 'Cache-Control': 'no-cache' }
      const answer = await post(`p-${file.length}-\${filename}`, file, { Fields })
      assert.equal(answer.status, 204, await answer.clone().text())
      const name = `p-${file.length}-my file.png`
      assert.equal(answer.headers.get('etag'), `"${createHash('md5').update(file).digest('hex')}"`)
      assert.equal(
        answer.headers.get('location'),
        `${server.endpoint}/${Bucket}/${encodeURIComponent(nameOf(name)).replaceAll('%2F', '/')}`,
      )
      assert.ok((await bytesThere(name)).equals(file))
      const head = await there(name)
      assert.deepEqual([head.ContentType, head.CacheControl], ['image/png', 'no-cache'])
      assert.equal(Buffer.from(head.Metadata?.['who'] ?? '', 'latin1').toString(), 'mü')
    }
  })

  test('the answer is what the form asks for: a status, a document, a page', async () => {
    assert.equal((await post('s', 'x', { Fields: { success_action_status: '200' } })).status, 200)
    const made = await post('s', 'x', { Fields: { success_action_status: '201' } })
    assert.equal(made.status, 201)
    assert.match(await made.text(), new RegExp(`<Bucket>${Bucket}</Bucket><Key>${nameOf('s')}</Key><ETag>`))
    const seen = await post('s', 'x', { Fields: { success_action_redirect: 'https://app.example/done' } })
    assert.equal(seen.status, 303)
    assert.match(seen.headers.get('location') ?? '', /^https:\/\/app\.example\/done\?bucket=far-forms&key=/)
  })

  test('tags of a form need their right, and arrive', async () => {
    const tagging = '<Tagging><TagSet><Tag><Key>color</Key><Value>dark red</Value></Tag></TagSet></Tagging>'
    const tagged = () => post('tagged', 'x', { Fields: { tagging } })
    assert.deepEqual(await codeOf(await tagged()), [403, 'AccessDenied'])
    await absent('tagged')
    await people.allow(own({ Effect: 'Allow', Action: 's3:PutObjectTagging', Resource: '*' }))
    assert.equal((await tagged()).status, 204)
    const { TagSet } = await outside.clients.s3.send(new GetObjectTaggingCommand({ Bucket, Key: nameOf('tagged') }))
    assert.deepEqual(TagSet, [{ Key: 'color', Value: 'dark red' }])
    await people.allow(own())
  })

  test('what the policy of the form or of its sender does not allow goes nowhere', async () => {
    const range = (least: number, most: number): Asked => ({ Conditions: [['content-length-range', least, most]] })
    assert.deepEqual(await codeOf(await post('range', 'much', range(0, 3))), [400, 'EntityTooLarge'])
    assert.deepEqual(await codeOf(await post('range', large, range(0, large.length - 1))), [400, 'EntityTooLarge'])
    assert.deepEqual(await codeOf(await post('range', 'few', range(4, 9))), [400, 'EntityTooSmall'])
    assert.deepEqual(await codeOf(await post('range', large, range(large.length + 1, large.length + 2))), [
      400,
      'EntityTooSmall',
    ])
    await absent('range')
    assert.equal((await post('range', large, range(large.length, large.length))).status, 204)
    assert.deepEqual(await codeOf(await post('x', 'x', { owner: 'somebody' })), [403, 'AccessDenied'])
    const { url, form } = await formOf('extra')
    form.append('acl', 'private')
    form.append('file', new Blob(['x']))
    assert.deepEqual(await codeOf(await fetch(url, { method: 'POST', body: form })), [403, 'AccessDenied'])
    await absent('extra')
    assert.deepEqual(await codeOf(await post('../up', 'x')), [400, 'InvalidURI'])
  })

  test('access control lists need their right: they would be set with the rights of the server', async () => {
    const asked = { Fields: { acl: 'public-read' } }
    assert.deepEqual(await codeOf(await post('listed', 'x', asked)), [403, 'AccessDenied'])
    await absent('listed')
  })

  test('a file that is not what the form promises is kept nowhere', async () => {
    for (const file of [Buffer.from('other'), large]) {
      const sum = createHash('sha256').update('promised').digest('base64')
      const wrong = await post('wrong', file, { Fields: { 'x-amz-checksum-sha256': sum } })
      assert.deepEqual(await codeOf(wrong), [400, 'BadDigest'])
      const md5 = createHash('md5').update('promised').digest('base64')
      assert.deepEqual(await codeOf(await post('wrong', file, { Fields: { 'Content-MD5': md5 } })), [400, 'BadDigest'])
      await absent('wrong')
      const right = createHash('sha256').update(file).digest('base64')
      assert.equal(
        (await post(`right${file.length}`, file, { Fields: { 'x-amz-checksum-sha256': right } })).status,
        204,
      )
    }
  })

  test('line breaks in metadata make no headers', async () => {
    const answer = await post('broken', 'x', { Fields: { 'x-amz-meta-a': 'b\r\nx-amz-acl: public-read' } })
    assert.deepEqual(await codeOf(answer), [400, 'InvalidArgument'])
    await absent('broken')
  })

  test('fields after a small file are ignored, after a large one the form is refused', async () => {
    for (const [file, expected] of [
      ['small', [204, undefined]],
      [large, [400, 'MalformedPOSTRequest']],
    ] as const) {
      const { url, form } = await formOf('followed')
      form.append('file', new Blob([new Uint8Array(Buffer.from(file))]))
      form.append('submit', 'Upload')
      assert.deepEqual(await codeOf(await fetch(url, { method: 'POST', body: form })), expected)
    }
    assert.equal((await bytesThere('followed')).toString(), 'small')
  })

  test('a form that breaks off is kept nowhere', async () => {
    const { url, fields } = await formOf('half')
    const part = (name: string, more = '') => `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`
    const before = Object.entries(fields).map(([name, value]) => `${part(name)}${value}\r\n`)
    const head = `${before.join('')}${part('file', '; filename="f"')}`
    for (const file of [Buffer.alloc(1000), large]) {
      const length = head.length + file.length + '\r\n--b--\r\n'.length
      for (const sent of [
        [head, file.subarray(0, file.length / 2)],
        // All bytes that were announced, and no end.
        [head, file, 'x'.repeat('\r\n--b--\r\n'.length)],
      ]) {
        const socket = connect(Number(new URL(url).port), '127.0.0.1')
        const answered = new Promise<string>((resolve) => {
          let text = ''
          socket.on('data', (data) => {
            text += data
          })
          socket.on('error', () => {})
          socket.on('close', () => resolve(text))
        })
        socket.write(
          `POST /${Bucket} HTTP/1.1\r\nhost: ${new URL(url).host}\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n`,
        )
        for (const piece of sent) socket.write(piece)
        socket.end()
        assert.doesNotMatch(await answered, / 204 /)
        await absent('half')
      }
    }
  })

  test('a page that the rules of the bucket name may read the answer, another may not', async () => {
    const allowed = async (origin: string, name: string, owner?: string) => {
      const answer = await post(name, 'x', owner === undefined ? {} : { owner }, { origin })
      return [answer.status, answer.headers.get('access-control-allow-origin')]
    }
    assert.deepEqual(await allowed(page, 'shown'), [204, page])
    assert.deepEqual(await allowed('https://other.example', 'shown'), [204, null])
    assert.deepEqual(await allowed(page, 'x', 'somebody'), [403, page])
  })
})
