/** Tokens of other issuers, from a real HTTP server: discovery, key rotation, and what a stranger's token may cost. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { discover, IssuerError, verifyRemoteJwt } from '../src/outbound/remote-issuers.ts'
import { type TestWorld, testWorld } from './support/world.ts'

type Key = { kid: string; privateKey: CryptoKey; jwk: object }

async function makeKey(kid: string, alg = 'RS256'): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

describe('tokens of other issuers', () => {
  let world: TestWorld
  let issuer = ''
  let published: object[] = []
  let asked: string[] = []
  let down = false
  let says = ''
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const document =
      request.url === '/keys' ? { keys: published } : { issuer: says || issuer, jwks_uri: `${issuer}/keys` }
    response.writeHead(down ? 503 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(document))
  })
  let first: Key

  before(async () => {
    first = await makeKey('first')
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  beforeEach(async () => {
    await world?.close()
    world = await testWorld()
    published = [first.jwk]
    asked = []
    down = false
    says = ''
  })
  after(async () => {
    await world.close()
    server.close()
  })

  const token = (key: Key, claims: JWTPayload = {}, alg = 'RS256') => {
    const now = Math.floor(world.now() / 1000)
    return new SignJWT({ sub: 'ada', iss: issuer, iat: now, exp: now + 300, ...claims })
      .setProtectedHeader({ alg, kid: key.kid })
      .sign(key.privateKey)
  }
  const verdict = async (text: string) => {
    const result = await verifyRemoteJwt(world, { issuer }, text)
    return 'refusal' in result ? result.refusal : result.claims['sub']
  }

  test('are verified with the keys that the issuer publishes, fetched once for any number of tokens', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => token(first)))
    assert.deepEqual(new Set(await Promise.all(tokens.map(verdict))), new Set(['ada']))
    assert.deepEqual(asked, ['/.well-known/openid-configuration', '/keys'])
  })

  test('of a new key are accepted as soon as it is published, without waiting for the cache', async () => {
    await verdict(await token(first))
    const second = await makeKey('second')
    published = [second.jwk]
    world.clock.advance(31_000)
    assert.equal(await verdict(await token(second)), 'ada')
    assert.equal(await verdict(await token(first)), 'key')
  })

  test('with unknown keys cannot make us ask the issuer again and again', async () => {
    await verdict(await token(first))
    const stranger = await makeKey('stranger')
    const before = asked.length
    for (let tries = 0; tries < 10; tries++) assert.equal(await verdict(await token(stranger)), 'key')
    assert.equal(asked.length, before)
    world.clock.advance(31_000)
    for (let tries = 0; tries < 10; tries++) assert.equal(await verdict(await token(stranger)), 'key')
    assert.equal(asked.length, before + 1)
  })

  test('are verified with the keys we have while the issuer is down, for a day', async () => {
    await verdict(await token(first))
    down = true
    world.clock.advance(2 * 3_600_000)
    assert.equal(await verdict(await token(first)), 'ada')
    world.clock.advance(23 * 3_600_000)
    assert.equal(await verdict(await token(first)), 'unavailable')
  })

  test('of an issuer that was never reached are refused, never believed', async () => {
    down = true
    assert.equal(await verdict(await token(first)), 'unavailable')
  })

  test('out of their time, of another issuer, of another key or unsigned are refused', async () => {
    const now = Math.floor(world.now() / 1000)
    const liar = { ...(await makeKey('first')), kid: 'first' }
    assert.equal(await verdict(await token(first, { exp: now - 1 })), 'expired')
    assert.equal(await verdict(await token(first, { nbf: now + 60 })), 'not-yet')
    assert.equal(await verdict(await token(first, { iss: 'https://evil.example' })), 'issuer')
    assert.equal(await verdict(await token(liar)), 'signature')
    const [, claims] = (await token(first)).split('.')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    assert.equal(await verdict(`${none}.${claims}.`), 'malformed')
    assert.equal(await verdict(`${none}.${claims}.AA`), 'algorithm')
  })

  test('of an issuer whose document names somebody else are refused', async () => {
    says = 'https://accounts.example'
    assert.equal(await verdict(await token(first)), 'unavailable')
    await assert.rejects(discover(world, issuer), IssuerError)
  })
})
