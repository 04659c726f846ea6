import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { authorityCertificate, printCertificate, serverCertificate } from './certificate-authority.ts'

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const validity = () => ({ serial: randomBytes(15), from: Date.UTC(2026, 0, 1), until: Date.UTC(2055, 0, 1) })
const constraints = { domains: ['localhost'], addresses: ['127.0.0.1', '::1'] }
const { privateKey } = pair()
const authority = new X509Certificate(authorityCertificate('Test authority', privateKey, constraints, validity()))

test('an authority signs itself and servers, and the servers are no authorities', () => {
  assert.equal(authority.ca, true)
  assert.equal(authority.subject, 'CN=Test authority')
  assert.ok(authority.verify(authority.publicKey))
  const key = pair()
  const names = ['app.auth.localhost', 'localhost', '127.0.0.1', '::1']
  const der = serverCertificate({ name: 'Test authority', privateKey }, key.privateKey, names, validity())
  const leaf = new X509Certificate(printCertificate(der))
  assert.equal(leaf.ca, false)
  assert.ok(leaf.checkIssued(authority))
  assert.ok(leaf.verify(authority.publicKey))
  assert.ok(leaf.checkPrivateKey(key.privateKey))
  assert.equal(leaf.checkHost('app.auth.localhost'), 'app.auth.localhost')
  assert.equal(leaf.checkHost('other.localhost'), undefined)
  assert.equal(leaf.checkIP('127.0.0.1'), '127.0.0.1')
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'])
})

test('an address that cannot be named is refused instead of written wrongly', () => {
  const named = () => serverCertificate({ name: 'x', privateKey }, privateKey, ['2001:db8::1'], validity())
  assert.throws(named, TypeError)
})
