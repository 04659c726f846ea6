/** Case 2: keys that would be paths: behind the gateway somebody may walk them, out of what was allowed. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { openLane } from '../../bench/load.ts'
import { type Signed, signed } from '../../bench/sign.ts'
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

test('case 2: dots that are no segments go there', async () => {
  for (const key of ['me/..x', 'me/a..b', '...', 'me/.hidden'])
    assert.equal(await send({ method: 'GET', path: `/far-photos/${key}` }), 200, key)
  assert.equal(arrived.length, 4)
})
