/** Case 78: a signature covers a path without its dots and empty parts, so what was signed must be what is done. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { SignatureV4 } from '@smithy/signature-v4'
import { startTestServer, type TestServer } from '../support/server.ts'
import { Sha256 } from '../support/sha256.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

/** Signs one path and sends another. */
async function send(service: string, method: string, signed: string, sent: string) {
  const url = new URL(server.endpoint)
  const signer = new SignatureV4({
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    ...{ region: 'us-east-1', service, sha256: Sha256 as never },
  })
  const asked = { method, protocol: 'http:', hostname: url.hostname, port: Number(url.port), path: signed }
  const { headers } = await signer.sign({ ...asked, headers: { host: url.host }, body: '', query: {} })
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    request({ host: '127.0.0.1', port: url.port, method, path: sent, headers }, async (answer) => {
      const parts = await answer.toArray()
      resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() })
    })
      .on('error', reject)
      .end()
  })
}

const pool = 'us-east-1:01234567-89ab-4cde-8f01-23456789abcd'
const identity = `/identitypools/${pool}/identities/${pool}`

test('case 78: the signature of one operation of Sync serves no other through dots in the path', async () => {
  const honest = await send('cognito-sync', 'GET', identity, identity)
  assert.match(honest.text, /not found/)
  for (const more of ['/datasets/..', '/.', '/datasets/../', '/datasets/notes/..']) {
    const { status, text } = await send('cognito-sync', 'GET', identity, identity + more)
    assert.ok(status === 404 || status === 403, `${more}: ${status} ${text}`)
    assert.doesNotMatch(text, /not found|Dataset/, more)
  }
})

test('case 78: nor does that of a document of a client’s', async () => {
  const path = '/poolhouse/user-pools/us-east-1_nobody/clients/nobody/oauth-extensions'
  assert.match((await send('cognito-idp', 'GET', path, path)).text, /ResourceNotFound/)
  for (const sent of [`/${path}`, path.replace('/clients', '/./clients'), path.replace('/clients', '/x/../clients')])
    assert.doesNotMatch((await send('cognito-idp', 'GET', path, sent)).text, /ResourceNotFound/, sent)
})
