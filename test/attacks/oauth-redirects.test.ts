import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fetchHere, type HostedPool, makeHosted, openVisitor, requestOf } from '../support/hosted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const registered = 'https://app.example.com/callback'
const local = 'http://localhost:3000/cb'

let server: TestServer
let pool: HostedPool
before(async () => {
  server = await startTestServer()
  pool = await makeHosted(server, { CallbackURLs: [registered, local], LogoutURLs: ['https://app.example.com/bye'] })
  await pool.add('ann')
})
after(() => server.close())

const visit = (path: string, query: string) => openVisitor().go(`${pool.url}${path}?${query}`)
/** Every page that takes the request keeps the browser here: the error page, and nowhere else. */
async function keeps(redirectUri: string) {
  for (const path of ['/oauth2/authorize', '/login', '/signup', '/forgotPassword']) {
    const { location } = await visit(path, requestOf(pool, { redirect_uri: redirectUri }))
    assert.equal(location, `/domains/${pool.domain}/error?error=redirect_mismatch&client_id=${pool.client.id}`, path)
  }
}

test('case 1: an address that only begins, contains or looks like a registered one is refused', async () => {
  await keeps(`${registered}/more`)
  await keeps(`${registered}?next=https://evil.example`)
  await keeps(`https://evil.example/?${registered}`)
  await keeps('https://app.example.com.evil.example/callback')
  await keeps('https://APP.example.com/callback')
  await keeps('https://app.example.com/Callback')
  await keeps('https://*.example.com/callback')
  await keeps(`${registered}#fragment`)
  await keeps(` ${registered}`)
})

test('case 2: traversals and encodings of a registered address are other addresses', async () => {
  await keeps('https://app.example.com/callback/../evil')
  await keeps('https://app.example.com/x/../callback')
  await keeps('https://app.example.com/%63allback')
  await keeps('https://app.example.com/callback%2f..%2fevil')
  await keeps('https://app.example.com/callback;/..;/evil')
  await keeps('https://app.example.com\\callback')
  await keeps('https://app.example.com:443/callback')
})

test('case 3: names that dress up as this machine are not this machine', async () => {
  await keeps('http://localhost:3000@evil.example/cb')
  await keeps('http://localhost.evil.example:3000/cb')
  await keeps('http://127.0.0.1:3000/cb')
  await keeps('http://localhost:3001/cb')
  await keeps('http://[::1]:3000/cb')
})

test('case 2: an address in any letters is reached as it was registered', async () => {
  for (const address of ['https://例え.example/zurück', 'my.app://日本/戻る']) {
    const here = await makeHosted(server, { CallbackURLs: [address], LogoutURLs: [address] })
    await here.add('ann')
    const visitor = openVisitor()
    const asked = requestOf(here, { redirect_uri: address })
    const { location } = await visitor.signIn(here, asked, 'ann')
    assert.ok(location.startsWith(`${encodeURI(address)}?code=`), location)
    const out = new URLSearchParams({ client_id: here.client.id, logout_uri: address })
    assert.equal((await visitor.go(`${here.url}/logout?${out}`)).location, encodeURI(address))
  }
})

test('case 4: a dot is a dot', async () => {
  await keeps('https://appXexample.com/callback')
})

test('case 5: a parameter that comes twice is refused, wherever it would have been used', async () => {
  const twice = async (more: string) =>
    (await visit('/oauth2/authorize', `${requestOf(pool, { redirect_uri: registered })}&${more}`)).location
  const own = `/domains/${pool.domain}/error?error=`
  assert.equal(await twice('redirect_uri=https://evil.example'), `${own}redirect_mismatch&client_id=${pool.client.id}`)
  assert.equal(await twice('client_id=other'), `${own}Required+parameters+missing`)
  assert.equal(await twice('scope=profile'), `${registered}?error=invalid_request&state=the-state`)
  assert.equal(await twice('state=other'), `${registered}?error=invalid_request`)
  assert.equal(await twice('response_type=token'), `${registered}?error=invalid_request&state=the-state`)
  const body = `grant_type=authorization_code&client_id=${pool.client.id}&code=a&code=b&redirect_uri=${registered}`
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const token = await fetch(`${pool.url}/oauth2/token`, { method: 'POST', headers, body })
  assert.deepEqual([token.status, await token.json()], [400, { error: 'invalid_request' }])
})

test('case 15: signing out leads to registered addresses only, and signs out all the same', async () => {
  const out = async (uri: string) => {
    const visitor = openVisitor()
    await visitor.signIn(pool, requestOf(pool, { redirect_uri: registered }), 'ann')
    const query = new URLSearchParams({ client_id: pool.client.id, logout_uri: uri })
    const { location } = await visitor.go(`${pool.url}/logout?${query}`)
    assert.equal(visitor.jar.has('cognito'), false)
    return location
  }
  assert.equal(await out('https://app.example.com/bye'), 'https://app.example.com/bye')
  const mismatch = `/domains/${pool.domain}/error?error=redirect_mismatch&client_id=${pool.client.id}`
  for (const uri of ['https://evil.example/', 'https://app.example.com/bye/..//evil', '//evil.example', registered]) {
    assert.equal(await out(uri), mismatch)
  }
  const again = await visit('/logout', requestOf(pool, { redirect_uri: 'https://evil.example/' }))
  assert.equal(again.location, mismatch)
})

test('case 15: the error page leads nowhere and repeats nobody’s words', async () => {
  const query = new URLSearchParams({
    error: '<script>alert(1)</script>',
    error_description: 'Call 555',
    redirect_uri: 'https://evil.example/',
  })
  const { status, text } = await visit('/error', query.toString())
  assert.equal(status, 400)
  assert.doesNotMatch(text, /<script|alert\(|Call 555|evil|href/)
})

test('case 15: where the browser is sent does not follow the Host header', async () => {
  const { port } = new URL(server.endpoint)
  const url = `http://${pool.domain}.auth.localhost:${port}/oauth2/authorize?${requestOf(pool, { redirect_uri: registered })}`
  const answer = await fetchHere(url, { headers: { 'x-forwarded-host': 'evil.example' } })
  assert.match(answer.headers.get('location') ?? '', /^\/login\?/)
})
