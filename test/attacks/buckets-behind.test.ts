/** Case 2: keys that would be paths: behind the gateway somebody may walk them, out of what was allowed. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { openLane } from '../../bench/load.ts'
import { type Signed, signed } from '../../bench/sign.ts'
import { emptyHash } from '../../src/wire/sigv4-key.ts'
import { signRequest } from '../../src/wire/sigv4-sign.ts'
import { upstream } from '../support/gateway.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let behind: Server
let server: TestServer
const arrived: string[] = []
before(async () => {
  behind = createServer((request, response) => {
    arrived.push(`${request.method} ${request.url} ${request.headers['x-amz-copy-source'] ?? ''}`)
    request.resume()
    response.end()
  })
  await new Promise<void>((resolve) => behind.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`
  server = await startTestServer({ settings: { upstreams: { s3: [upstream(endpoint, { match: 'far-*' })] } } })
})
after(async () => {
  await server?.close()
  behind?.closeAllConnections()
  behind?.close()
})

async function send(asked: Omit<Signed, 'service'>): Promise<number> {
  const lane = await openLane(Number(new URL(server.endpoint).port))
  try {
    const root = { accessKeyId: 'test', secretAccessKey: 'test' }
    return (await lane.ask(signed(root, { ...asked, service: 's3' }))).status
  } finally {
    lane.close()
  }
}

test('case 2: a key with dot segments goes to no server behind, by its path or as a copy’s source', async () => {
  for (const key of ['me/../you/secret', '../far-other/secret', 'me/./x', 'me/..', '..']) {
    for (const method of ['GET', 'PUT', 'DELETE'])
      assert.equal(await send({ method, path: `/far-photos/${key}` }), 400, `${method} ${key}`)
    const headers = { 'x-amz-copy-source': `/far-photos/${key}` }
    assert.equal(await send({ method: 'PUT', path: '/far-photos/me/copy', headers }), 400, `copy of ${key}`)
  }
  assert.deepEqual(arrived, [])
})

test('case 2: nor does one of many to delete, nor as the beginning of a listing', async () => {
  arrived.length = 0
  for (const key of ['me/../you/secret', '../far-other/secret', '..', `${'x'.repeat(1024)}/../you`]) {
    const body = `<Delete><Object><Key>me/a</Key></Object><Object><Key>${key}</Key></Object></Delete>`
    assert.equal(await send({ method: 'POST', path: '/far-photos', query: 'delete=', body }), 400, key)
    const query = `list-type=2&prefix=${encodeURIComponent(`${key}/`)}`
    assert.equal(await send({ method: 'GET', path: '/far-photos', query }), 400, key)
  }
  assert.deepEqual(arrived, [])
})

test('case 2: dots that are no segments go there', async () => {
  for (const key of ['me/..x', 'me/a..b', '...', 'me/.hidden'])
    assert.equal(await send({ method: 'GET', path: `/far-photos/${key}` }), 200, key)
  assert.equal(arrived.length, 4)
})

test('case 2: a bucket is one segment of a path: a name that would be several goes to no server behind', async () => {
  const { host, hostname, port } = new URL(server.endpoint)
  const ask = async (method: string, path: string, headers: Record<string, string>) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }).end()
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    answer.resume()
    return answer.statusCode
  }
  const keys = { accessKeyId: 'test', secretAccessKey: 'test' }
  arrived.length = 0
  for (const bucket of ['far-%2F..%2Fsecret', 'far-%2Fx', 'far-%3Fx', 'far-%23', 'far-%40x', 'far-%00', 'far-%0D']) {
    const path = `/${bucket}/k`
    for (const method of ['GET', 'PUT']) {
      const { headers } = signRequest({
        ...{ method, host, path, query: '', service: 's3', keys, region: 'us-east-1', now: server.world.now() },
        ...{ headers: {}, payloadHash: emptyHash },
      })
      const told = await ask(method, path, { ...headers, host })
      assert.equal(told, bucket.includes('%00') ? 400 : 404, `${method} ${bucket}`)
    }
    const question = { host: 's3.localhost', origin: 'http://x', 'access-control-request-method': 'GET' }
    assert.equal(await ask('OPTIONS', path, question), bucket.includes('%00') ? 400 : 403, bucket)
  }
  assert.deepEqual(arrived, [])
})
