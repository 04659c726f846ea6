import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, randomBytes, X509Certificate } from 'node:crypto'
import { before, test } from 'node:test'
import { selfSigned } from './certificate.ts'
import { generateRsaPair } from './rsa.ts'

let pair: Awaited<ReturnType<typeof generateRsaPair>>
before(async () => {
  pair = await generateRsaPair()
})
const from = Date.parse('2026-11-21T10:20:30Z')
const until = Date.parse('2036-11-21T10:20:30Z')
const make = async (more: Partial<Parameters<typeof selfSigned>[1]> = {}) =>
  new X509Certificate(
    await selfSigned(pair.privatePem, { name: 'pool', serial: randomBytes(16), from, until, ...more }),
  )

test('OpenSSL reads a certificate, and verifies it with its own key', async () => {
  const certificate = await make({ name: 'us-east-1_Ab9', serial: Buffer.from('ff00', 'hex') })
  assert.ok(certificate.verify(createPublicKey({ key: { ...pair.publicJwk }, format: 'jwk' })))
  assert.ok(certificate.checkPrivateKey(createPrivateKey(pair.privatePem)))
  assert.deepEqual([certificate.subject, certificate.issuer], ['CN=us-east-1_Ab9', 'CN=us-east-1_Ab9'])
  assert.deepEqual([certificate.serialNumber, certificate.ca], ['01FF00', false])
  assert.deepEqual([Date.parse(certificate.validFrom), Date.parse(certificate.validTo)], [from, until])
})

test('another key does not verify it', async () => {
  const other = await generateRsaPair()
  assert.equal((await make()).verify(createPublicKey({ key: { ...other.publicJwk }, format: 'jwk' })), false)
})

test('a year from 2050 on is written in full', async () => {
  assert.equal(
    Date.parse((await make({ until: Date.parse('2051-02-03T04:05:06Z') })).validTo),
    Date.parse('2051-02-03T04:05:06Z'),
  )
})

test('a name of any length and language is kept', async () => {
  for (const name of ['', 'ü', 'x'.repeat(64), 'y'.repeat(300)]) {
    const { subject } = await make({ name })
    assert.ok(subject === undefined || subject.startsWith('CN='), subject)
  }
})
