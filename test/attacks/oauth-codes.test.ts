import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  ask,
  callback,
  challengeOf,
  codeIn,
  type HostedPool,
  makeHosted,
  makeVerifier,
  openVisitor,
  redeem,
  requestOf,
} from '../support/hosted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: HostedPool
before(async () => {
  server = await startTestServer()
  pool = await makeHosted(server)
  await pool.add('ann', { email: 'ann@example.com' })
})
after(() => server.close())

const codeFor = async (more: Record<string, string | undefined> = {}) =>
  codeIn(await openVisitor().signIn(pool, requestOf(pool, more), 'ann'))
const withPkce = (verifier: string) => ({ code_challenge: challengeOf(verifier), code_challenge_method: 'S256' })
const works = async (accessToken: string | undefined) =>
  (await fetch(`${pool.url}/oauth2/userInfo`, { headers: { authorization: `Bearer ${accessToken}` } })).status === 200

test('case 6: a code asked for with PKCE is nothing without its verifier, or with another one', async () => {
  const verifier = makeVerifier()
  const without = await redeem(pool, await codeFor(withPkce(verifier)))
  assert.deepEqual([without.status, without.body], [400, { error: 'invalid_grant' }])
  const empty = await redeem(pool, await codeFor(withPkce(verifier)), { code_verifier: '' })
  assert.deepEqual(empty.body, { error: 'invalid_grant' })
  const other = await redeem(pool, await codeFor(withPkce(verifier)), { code_verifier: makeVerifier() })
  assert.deepEqual(other.body, { error: 'invalid_grant' })
  const challenge = await redeem(pool, await codeFor(withPkce(verifier)), { code_verifier: challengeOf(verifier) })
  assert.deepEqual(challenge.body, { error: 'invalid_grant' })
})

test('case 6: after a wrong verifier the right one comes too late', async () => {
  const verifier = makeVerifier()
  const code = await codeFor(withPkce(verifier))
  await redeem(pool, code, { code_verifier: makeVerifier() })
  assert.deepEqual((await redeem(pool, code, { code_verifier: verifier })).body, { error: 'invalid_grant' })
})

test('case 7: a verifier for a code without a challenge is refused, and `plain` and odd challenges are no PKCE', async () => {
  const downgraded = await redeem(pool, await codeFor(), { code_verifier: makeVerifier() })
  assert.deepEqual(downgraded.body, { error: 'invalid_grant' })
  const visitor = openVisitor()
  const back = async (more: Record<string, string>) =>
    (await visitor.go(`${pool.url}/oauth2/authorize?${requestOf(pool, more)}`)).location
  const refusal = `${callback}?error=invalid_request&state=the-state`
  const verifier = makeVerifier()
  assert.equal(await back({ code_challenge: verifier, code_challenge_method: 'plain' }), refusal)
  assert.equal(await back({ code_challenge: challengeOf(verifier), code_challenge_method: 's256' }), refusal)
  assert.equal(await back({ code_challenge: `${challengeOf(verifier)}=`, code_challenge_method: 'S256' }), refusal)
  assert.equal(await back({ code_challenge: 'short', code_challenge_method: 'S256' }), refusal)
})

test('case 8: a code is nothing to another client, of this pool or another, and stays good for its own', async () => {
  const other = await pool.addOAuthClient()
  const elsewhere = await makeHosted(server)
  const code = await codeFor()
  assert.deepEqual((await redeem(pool, code, { client_id: other.id })).body, { error: 'invalid_grant' })
  assert.deepEqual((await redeem(elsewhere, code)).body, { error: 'invalid_grant' })
  const crossed = await redeem({ ...elsewhere, client: pool.client }, code)
  assert.deepEqual(crossed.body, { error: 'invalid_client' })
  assert.equal((await redeem(pool, code)).status, 200)
})

test('case 8: a code is bound to the address it was sent to', async () => {
  const second = 'https://app.example/second'
  const client = await pool.addOAuthClient({ CallbackURLs: [callback, second] })
  const seen = await openVisitor().signIn(pool, requestOf({ client }), 'ann')
  const told = await redeem({ ...pool, client }, codeIn(seen), { redirect_uri: second })
  assert.deepEqual(told.body, { error: 'unauthorized_client', error_description: 'invalid_redirect' })
  const none = await openVisitor().signIn(pool, requestOf({ client }), 'ann')
  const form = { grant_type: 'authorization_code', client_id: client.id, code: codeIn(none) }
  assert.equal((await ask(`${pool.url}/oauth2/token`, form)).status, 400)
})

test('case 9: of parallel redemptions of one code at most one gets tokens, and they are ended', async () => {
  const code = await codeFor()
  const told = await Promise.all(Array.from({ length: 8 }, () => redeem(pool, code)))
  const granted = told.filter(({ status }) => status === 200)
  assert.ok(granted.length <= 1, `${granted.length} were granted`)
  for (const { body } of granted) assert.equal(await works(body['access_token']), false)
})

test('case 9: a code that comes again ends the session that it began', async () => {
  const code = await codeFor()
  const { body } = await redeem(pool, code)
  assert.equal(await works(body['access_token']), true)
  const stranger = await pool.addOAuthClient()
  await redeem(pool, code, { client_id: stranger.id })
  assert.equal(await works(body['access_token']), true, 'another client has no say')
  assert.deepEqual((await redeem(pool, code)).body, { error: 'invalid_grant' })
  assert.equal(await works(body['access_token']), false)
})
