import assert from 'node:assert/strict'
import { createHmac, createPublicKey, randomBytes, sign as signSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { CognitoJwtVerifier } from 'aws-jwt-verify'
import fc from 'fast-check'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { type Claims, type JwtRules, readJwt, signJwt, verifyJwt } from './jwt.ts'
import { createRsaSigner, generateRsaPair, keyId, printJwks } from './rsa.ts'

const pair = await generateRsaPair()
const kid = keyId(randomBytes)
const publicKey = createPublicKey(pair.privatePem)
const signRsa = createRsaSigner()
const now = 1_700_000_000_000
const seconds = now / 1000

const make = (claims: Claims, header: { alg?: 'RS256' | 'RS512'; typ?: string } = {}) =>
  signJwt({ kid, alg: header.alg ?? 'RS256', ...header }, claims, (hash, text) => signRsa(hash, pair.privatePem, text))

const rules: JwtRules = { alg: 'RS256', keyFor: (id) => (id === kid ? publicKey : undefined) }
const good = await make({ sub: 'me', exp: seconds + 60 })
const refusalOf = async (token: string, over: Partial<JwtRules> = {}) => {
  const result = await verifyJwt(token, { ...rules, ...over }, now)
  return 'refusal' in result ? result.refusal : 'accepted'
}

const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
/** A token with any header, rightly signed. */
const withHeader = (header: unknown, claims: unknown = { exp: seconds + 60 }) => {
  const text = `${part(header)}.${part(claims)}`
  return `${text}.${signSync('sha256', Buffer.from(text), pair.privatePem).toString('base64url')}`
}

describe('others accept what we sign', () => {
  test('jose, with our JWKS, both algorithms', async () => {
    for (const alg of ['RS256', 'RS512'] as const) {
      const keys = createLocalJWKSet(printJwks([{ kid, alg, publicJwk: pair.publicJwk }]))
      const { payload } = await jwtVerify(await make({ sub: 'me', exp: seconds + 60 }, { alg }), keys, {
        currentDate: new Date(now),
      })
      assert.equal(payload.sub, 'me')
    }
  })
  test("aws-jwt-verify, AWS's own verifier of Cognito's tokens", async () => {
    const verifier = CognitoJwtVerifier.create({
      userPoolId: 'us-east-1_AbC123xyz',
      tokenUse: 'access',
      clientId: 'client1',
    })
    verifier.cacheJwks(printJwks([{ kid, alg: 'RS256', publicJwk: pair.publicJwk }]))
    const at = Math.floor(Date.now() / 1000)
    const token = await make({
      sub: 'me',
      iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC123xyz',
      client_id: 'client1',
      token_use: 'access',
      iat: at,
      exp: at + 60,
    })
    assert.equal((await verifier.verify(token)).sub, 'me')
  })
})

test("the header is exactly Cognito's, and typ only where asked for", async () => {
  assert.equal(Buffer.from(good.split('.')[0]!, 'base64url').toString(), JSON.stringify({ kid, alg: 'RS256' }))
  const typed = await make({}, { typ: 'logout+jwt' })
  assert.equal(
    Buffer.from(typed.split('.')[0]!, 'base64url').toString(),
    JSON.stringify({ kid, alg: 'RS256', typ: 'logout+jwt' }),
  )
})

test('the JWKS has the members of Cognito in its order, and nothing private', () => {
  const [key] = printJwks([{ kid, alg: 'RS256', publicJwk: pair.publicJwk }]).keys
  assert.deepEqual(Object.keys(key!), ['alg', 'e', 'kid', 'kty', 'n', 'use'])
  assert.match(kid, /^[A-Za-z0-9+/]{43}=$/)
  assert.equal(Buffer.from(key!.n, 'base64url').length, 256)
})

describe('what was signed comes back', () => {
  test('claims and kid', async () => {
    assert.deepEqual(await verifyJwt(good, rules, now), { claims: { sub: 'me', exp: seconds + 60 }, kid })
  })
  test('and one changed character anywhere is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.constantFrom(...'ABCxyz019-_.='), async (at, character) => {
        const changed = good.slice(0, at) + character + good.slice(at + 1)
        if (changed !== good) assert.notEqual(await refusalOf(changed), 'accepted')
      }),
      { numRuns: 300 },
    )
  })
})

describe('refuses', () => {
  test('no algorithm, in every spelling, with or without a signature', async () => {
    for (const alg of ['none', 'nOnE', 'NONE', '', undefined]) {
      const unsigned = `${part({ kid, alg })}.${part({ exp: seconds + 60 })}`
      assert.equal(await refusalOf(`${unsigned}.`), 'malformed')
      assert.equal(await refusalOf(`${unsigned}.AAAA`), 'algorithm')
    }
  })
  test('an empty signature', async () => {
    assert.equal(await refusalOf(good.slice(0, good.lastIndexOf('.') + 1)), 'malformed')
  })
  test('HS256 with the public key as secret', async () => {
    const text = `${part({ kid, alg: 'HS256' })}.${part({ exp: seconds + 60 })}`
    for (const secret of [publicKey.export({ type: 'spki', format: 'pem' }), pair.publicJwk.n]) {
      const token = `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
      assert.equal(await refusalOf(token), 'algorithm')
    }
  })
  test('another algorithm than the reader’s, though the key could do it', async () => {
    assert.equal(await refusalOf(await make({ exp: seconds + 60 }, { alg: 'RS512' })), 'algorithm')
    assert.equal(await refusalOf(good, { alg: 'RS512' }), 'algorithm')
  })
  test('keys that the token brings or points to, extensions, nested tokens', async () => {
    for (const extra of [
      { jwk: pair.publicJwk },
      { jku: 'https://evil' },
      { x5u: 'https://evil' },
      { x5c: [] },
      { crit: ['b64'] },
      { b64: false },
      { zip: 'DEF' },
      { cty: 'JWT' },
    ]) {
      assert.equal(await refusalOf(withHeader({ kid, alg: 'RS256', ...extra })), 'header')
    }
  })
  test('an encrypted token, which has five parts', async () => {
    assert.equal(await refusalOf(`${part({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.AAAA.AAAA.AAAA.AAAA`), 'malformed')
  })
  test('a kid that is absent, no text, or nobody’s', async () => {
    assert.equal(await refusalOf(withHeader({ alg: 'RS256' })), 'header')
    assert.equal(await refusalOf(withHeader({ alg: 'RS256', kid: ['x'] })), 'header')
    assert.equal(await refusalOf(withHeader({ alg: 'RS256', kid: '../../etc/passwd' })), 'key')
  })
  test('a look-up that hands out a private or foreign kind of key', async () => {
    const secret = { type: 'secret', asymmetricKeyType: undefined } as unknown as typeof publicKey
    assert.equal(await refusalOf(good, { keyFor: () => secret }), 'key')
  })
  test('a token past its time, before it, or without one', async () => {
    assert.equal(await refusalOf(await make({ exp: seconds })), 'expired')
    assert.equal(await refusalOf(await make({})), 'expired')
    assert.equal(await refusalOf(await make({ exp: String(seconds + 60) })), 'expired')
    assert.equal(await refusalOf(await make({ exp: seconds + 60, nbf: seconds + 1 })), 'not-yet')
    assert.equal(await refusalOf(await make({ exp: seconds + 60, nbf: 'x' })), 'not-yet')
  })
  test('a token past its time, but shows its claims, which are verified', async () => {
    const result = await verifyJwt(await make({ sub: 'me', exp: seconds }), rules, now)
    assert.deepEqual(result, { refusal: 'expired', claims: { sub: 'me', exp: seconds } })
  })
  test('what is no token at all', async () => {
    const claims = part({ exp: seconds + 60 })
    const tokens = [
      '',
      '.',
      '..',
      '...',
      'a.b',
      `${good}.x`,
      `${good}=`,
      ` ${good}`,
      'x'.repeat(20_000),
      `${part('[]')}.${claims}.AAAA`,
      `${part('null')}.${claims}.AAAA`,
      `${part('{')}.${claims}.AAAA`,
      `${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${claims}.AAAA`,
    ]
    for (const token of tokens) {
      assert.equal(readJwt(token), undefined, token.slice(0, 40))
      assert.equal(await refusalOf(token), 'malformed')
    }
  })
  test('a second spelling of the same bytes', async () => {
    // The last character of a 256-byte signature carries bits that are not used.
    const last = good.at(-1)!
    const other = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const spelled = good.slice(0, -1) + other[other.indexOf(last) ^ 1]
    assert.deepEqual(Buffer.from(spelled.split('.')[2]!, 'base64url'), Buffer.from(good.split('.')[2]!, 'base64url'))
    assert.equal(await refusalOf(spelled), 'malformed')
  })
})
