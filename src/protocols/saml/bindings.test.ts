import assert from 'node:assert/strict'
import { sign as signBytes } from 'node:crypto'
import { test } from 'node:test'
import { SignedXml } from 'xml-crypto'
import { makeIdpKey, makeMetadata, noon, pemOf, publicKeyOf } from '../../../test/support/saml-messages.ts'
import { readRedirect, redirectTo, signInside } from './bindings.ts'
import { readLogoutRequest } from './logout.ts'
import { readMetadata } from './metadata.ts'
import { printLogoutRequest } from './requests.ts'

const [key, other] = await Promise.all([makeIdpKey(), makeIdpKey()])
const sign = async (text: string) => signBytes('sha256', Buffer.from(text), key.privatePem)
const keys = [publicKeyOf(key)]

const address = 'https://sp.example/saml2/logout'
const metadata = readMetadata(makeMetadata({ keys: [key] }))
const xml = (now = noon) =>
  printLogoutRequest({
    ...{ id: '_1', now, destination: address, issuer: metadata.entityId },
    ...{ nameId: 'ada & eve', nameIdFormat: 'urn:f', sessionIndex: 'i"1' },
  })
const sent = async (location = address, relayState: string | undefined = 'a b/ü&c=d') =>
  redirectTo(location, { name: 'SAMLRequest', xml: xml(), relayState }, sign)
const queryOf = (url: string) => new URL(url).search.slice(1)

test('a redirect carries the message, the state and a signature over the characters of the address', async () => {
  const query = queryOf(await sent())
  assert.equal(new URLSearchParams(query).get('RelayState'), 'a b/ü&c=d')
  const read = readLogoutRequest({ metadata, message: { query }, now: noon, destination: [address] })
  assert.deepEqual(read, { id: '_1', nameId: 'ada & eve', nameIdFormat: 'urn:f', sessionIndexes: ['i"1'] })
})

test('an address that has a query already keeps it', async () => {
  assert.match(await sent('https://idp.example/slo?tenant=1'), /^https:\/\/idp\.example\/slo\?tenant=1&SAMLRequest=/)
})

test('the order of parameters does not matter, what they say does', async () => {
  const query = queryOf(await sent())
  const parts = query.split('&')
  readRedirect([...parts].reverse().join('&'), 'SAMLRequest', keys)
  const wrong: readonly [string, string][] = [
    [query.replace('RelayState=a', 'RelayState=b'), 'signature'],
    [parts.filter((part) => !part.startsWith('RelayState')).join('&'), 'signature'],
    [parts.filter((part) => !part.startsWith('Signature')).join('&'), 'unsigned'],
    [parts.filter((part) => !part.startsWith('SigAlg')).join('&'), 'unsigned'],
    [query.replace('rsa-sha256', 'rsa-sha512'), 'signature'],
    [
      query.replace(/SigAlg=[^&]+/, `SigAlg=${encodeURIComponent('http://www.w3.org/2000/09/xmldsig#rsa-sha1')}`),
      'algorithm',
    ],
    [`${query}&SAMLRequest=x`, 'malformed'],
    [query.replace('SAMLRequest', 'SAMLResponse'), 'malformed'],
    [query.replace(/Signature=[^&]+/, 'Signature=%'), 'malformed'],
  ]
  for (const [text, reason] of wrong) assert.throws(() => readRedirect(text, 'SAMLRequest', keys), { reason }, text)
  assert.throws(() => readRedirect(query, 'SAMLRequest', [publicKeyOf(other)]), { reason: 'signature' })
})

test('a request to sign out is for us, fresh, and names somebody', async () => {
  const query = queryOf(await sent())
  const read = (more: object) =>
    readLogoutRequest({ metadata, message: { query }, now: noon, destination: [address], ...more })
  assert.throws(() => read({ now: noon + 360_000 }), { reason: 'expired' })
  assert.throws(() => read({ now: noon - 61_000 }), { reason: 'not-yet-valid' })
  assert.throws(() => read({ destination: ['https://other.example'] }), { reason: 'destination' })
  assert.throws(() => read({ metadata: { ...metadata, entityId: 'urn:other' } }), { reason: 'issuer' })
})

test('what we sign inside of a message another library verifies', async () => {
  const signed = await signInside(xml(), '_1', sign)
  const checker = new SignedXml({ publicCert: pemOf(key.certificate) })
  checker.loadSignature(/<ds:Signature .*<\/ds:Signature>/.exec(signed)?.[0] ?? '')
  assert.equal(checker.checkSignature(signed), true)
  const form = Buffer.from(signed).toString('base64')
  const checks = { metadata, now: noon, destination: [address] }
  assert.equal(readLogoutRequest({ ...checks, message: { form } }).nameId, 'ada & eve')
  const changed = Buffer.from(signed.replace('ada', 'eva')).toString('base64')
  assert.throws(() => readLogoutRequest({ ...checks, message: { form: changed } }), { reason: 'signature' })
})
