import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { CompactSign, exportJWK, generateKeyPair } from 'jose'
import { isJwsAlg, jwsAlgs, keyFits, readJwks, verifyJws } from './jws.ts'
import { readJwt } from './jwt.ts'

const payload = Buffer.from('{"sub":"ada"}')

async function signedWith(alg: string) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const token = await new CompactSign(payload).setProtectedHeader({ alg }).sign(privateKey)
  return { jwk: await exportJWK(publicKey), jwt: readJwt(token) ?? assert.fail('no token') }
}

const firstKey = (jwk: object) => readJwks({ keys: [jwk] })?.[0]?.key ?? assert.fail('no key')

describe('signatures of other issuers', () => {
  for (const alg of jwsAlgs)
    test(`${alg}: the key that signed verifies, for this text and this algorithm only`, async () => {
      const { jwk, jwt } = await signedWith(alg)
      const key = firstKey(jwk)
      assert.equal(verifyJws(alg, key, jwt.signed, jwt.signature), true)
      assert.equal(verifyJws(alg, key, `${jwt.signed}x`, jwt.signature), false)
      assert.equal(verifyJws(alg, key, jwt.signed, jwt.signature.subarray(1)), false)
      for (const other of jwsAlgs)
        if (other !== alg) assert.equal(verifyJws(other, key, jwt.signed, jwt.signature), false, other)
      const another = await signedWith(alg)
      assert.equal(verifyJws(alg, firstKey(another.jwk), jwt.signed, jwt.signature), false)
    })

  test('nothing symmetric and no `none` is an algorithm', () => {
    for (const name of ['none', 'None', 'HS256', 'HS512', 'toString', '__proto__', 'RSA1_5', 256, undefined])
      assert.equal(isJwsAlg(name), false, String(name))
  })

  test('an RSA key of 1024 bits fits no algorithm', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    for (const alg of jwsAlgs) assert.equal(keyFits(alg, publicKey), false, alg)
  })
})

describe('a JWK set', () => {
  test('is read in its order, without keys for encryption and without what cannot be read', async () => {
    const { jwk } = await signedWith('ES256')
    const keys = [
      { ...jwk, kid: 'a', use: 'sig' },
      { ...jwk, kid: 'enc', use: 'enc' },
      { kty: 'EC', crv: 'P-256', x: 'not', y: 'a point' },
      { kty: 'oct', k: 'c2VjcmV0' },
      null,
      'text',
      { ...jwk, kid: 7 },
    ]
    assert.deepEqual(
      readJwks({ keys })?.map(({ kid }) => kid),
      ['a', undefined],
    )
  })

  test('that is none is undefined', () => {
    for (const document of [null, 'keys', {}, { keys: {} }, []]) assert.equal(readJwks(document), undefined)
  })
})
