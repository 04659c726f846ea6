/** Uploaded pages: what somebody stored must not act as the server's own page. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
  await server.clients.s3.send(new CreateBucketCommand({ Bucket: 'pages' }))
  const page = { Bucket: 'pages', Key: 'evil.html', ContentType: 'text/html', Body: '<script>alert(origin)</script>' }
  await server.clients.s3.send(new PutObjectCommand(page))
})
after(() => server.close())

/** The headers of a GET, with a Host of our choice. */
const headersOf = (url: URL, host = url.host): Promise<Record<string, unknown>> =>
  new Promise((resolve, reject) => {
    request({ host: url.hostname, port: url.port, path: url.pathname + url.search, headers: { host } }, (answer) => {
      answer.resume()
      resolve({ status: answer.statusCode, ...answer.headers })
    })
      .once('error', reject)
      .end()
  })

test('a stored page opened by a presigned link runs nothing on the origin of the login pages', async () => {
  const link = await getSignedUrl(server.clients.s3, new GetObjectCommand({ Bucket: 'pages', Key: 'evil.html' }))
  const headers = await headersOf(new URL(link))
  assert.equal(headers['status'], 200)
  assert.equal(headers['content-type'], 'text/html')
  assert.equal(headers['content-security-policy'], 'sandbox')
})

test('a host of storage’s own has no page of ours to protect, and serves documents as they are', async () => {
  const { port } = new URL(server.endpoint)
  const headers = await headersOf(new URL('/pages/evil.html', server.endpoint), `s3.localhost:${port}`)
  assert.equal(headers['content-security-policy'], undefined)
})
