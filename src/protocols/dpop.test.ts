import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { test } from 'node:test'
import { readProof, thumbprint } from './dpop.ts'

const now = Date.UTC(2026, 0, 1)
const url = 'https://login.example/oauth2/token'
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = publicKey.export({ format: 'jwk' })

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
function make(claims: object = {}, header: object = {}, key: KeyObject = privateKey): string {
  const said = { jti: 'j', htm: 'POST', htu: url, iat: now / 1000, ...claims }
  const text = `${encode({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header })}.${encode(said)}`
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}
const read = (proof: string, more: object = {}) => readProof(proof, { method: 'POST', urls: [url], ...more }, now)

test('the thumbprint is that of RFC 7638’s own example', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
  const key = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' }
  assert.equal(thumbprint(key), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  assert.equal(thumbprint({ kty: 'oct', k: 'AA' }), undefined)
})

test('a proof names its key, its id and its nonce', () => {
  const jkt = thumbprint(jwk as Record<string, unknown>)
  assert.deepEqual(read(make({ nonce: 'n' })), { jkt, jti: 'j', issuedAt: now, nonce: 'n' })
  assert.ok('jkt' in read(make({ htu: 'HTTPS://LOGIN.example:443/oauth2/token?a=b#c' })))
  const ath = createHash('sha256').update('token').digest('base64url')
  assert.ok('jkt' in read(make({ ath }), { accessToken: 'token' }))
})

test('a proof for another request, key, token or time is none', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const wrong: [string, string, object?][] = [
    ['it is not a JWT', 'x.y'],
    ['typ', make({}, { typ: 'JWT' })],
    ['alg', make({}, { alg: 'none' })],
    ['alg', make({}, { alg: 'HS256' })],
    ['jwk', make({}, { jwk: undefined })],
    ['jwk', make({}, { crit: ['exp'] })],
    ['jwk is not public', make({}, { jwk: privateKey.export({ format: 'jwk' }) })],
    ['signature', make({}, {}, other.privateKey)],
    ['signature', make({}, { alg: 'RS256' })],
    ['jti', make({ jti: undefined })],
    ['jti', make({ jti: 'x'.repeat(257) })],
    ['htm', make({ htm: 'GET' })],
    ['htu', make({ htu: 'https://login.example/oauth2/other' })],
    ['htu', make({ htu: 'https://evil.example/oauth2/token' })],
    ['iat', make({ iat: now / 1000 - 301 })],
    ['iat', make({ iat: now / 1000 + 61 })],
    ['iat', make({ iat: 'now' })],
    ['ath', make(), { accessToken: 'token' }],
    ['nonce', make({ nonce: 5 })],
  ]
  for (const [why, proof, more] of wrong) assert.deepEqual(read(proof, more), { wrong: why }, why)
})
