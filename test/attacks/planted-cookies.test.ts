/** Case 13: a neighbour of our host may plant cookies for it, but none whose name begins with `__Host-`. RFC 6265bis 4.1.3.2. */
import assert from 'node:assert/strict'
import { type IncomingHttpHeaders, request } from 'node:http'
import { after, before, test } from 'node:test'
import { beginBrowserSession } from '../../src/user-pools/authorizations/browser.ts'
import { findClient } from '../../src/user-pools/clients/find.ts'
import { requireUser } from '../../src/user-pools/users/find.ts'
import { callback, type HostedPool, makeHosted, requestOf } from '../support/hosted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: HostedPool
before(async () => {
  server = await startTestServer({ settings: { publicUrl: 'https://idp.example' } })
  pool = await makeHosted(server)
  await pool.add('mallory', { email: 'mallory@example.com' })
})
after(() => server.close())

/** Asks the pool's own host, as a proxy that ends TLS before us would. */
function ask(path: string, cookie?: string): Promise<IncomingHttpHeaders> {
  const headers = { host: `${pool.domain}.auth.idp.example`, ...(cookie !== undefined && { cookie }) }
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: new URL(server.endpoint).port, path, headers }, (answer) => {
      answer.resume()
      resolve(answer.headers)
    })
      .on('error', reject)
      .end()
  })
}

async function sessionOfMallory(): Promise<string> {
  const { world } = server
  const found = (await findClient(world, pool.client.id)) ?? assert.fail('no client')
  const user = await requireUser(world, found.pool, 'mallory')
  const place = { pool: found.pool, domain: pool.domain }
  return (await beginBrowserSession(world, place, found.client, { user })).token
}

test('case 13: a session that a neighbouring host planted signs nobody in', async () => {
  const token = await sessionOfMallory()
  const authorize = `/oauth2/authorize?${requestOf(pool)}`
  const own = await ask(authorize, `__Host-cognito=${token}`)
  assert.ok(own.location?.startsWith(`${callback}?code=`), own.location)
  for (const planted of [`cognito=${token}`, `__host-cognito=${token}`, `__Secure-cognito=${token}`]) {
    const { location = '' } = await ask(authorize, planted)
    assert.ok(location.startsWith('/login?'), `${planted.split('=')[0]}: ${location}`)
  }
})

test('case 13: every cookie of a host of our own is one that no neighbour can set', async () => {
  const lines = (await ask(`/login?${requestOf(pool)}&lang=de`))['set-cookie'] ?? []
  assert.ok(lines.length >= 2, lines.join('\n'))
  for (const line of lines) {
    assert.match(line, /^__Host-[\w-]+=[^;]*; Path=\/;/)
    assert.match(line, /; Secure; HttpOnly/)
    assert.doesNotMatch(line, /Domain=/i)
  }
})
