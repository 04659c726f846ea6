import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idpEntity, makeIdpKey, makeMetadata, noon } from '../../../test/support/saml-messages.ts'
import { SamlError } from './error.ts'
import { checkCurrent, readMetadata } from './metadata.ts'
import { printServiceProvider } from './requests.ts'
import { elementsOf, readXml } from './xml.ts'

const [key, next] = await Promise.all([makeIdpKey('now', noon + 1e10), makeIdpKey('next', noon + 2e10)])
const refuses = (text: string) => assert.throws(() => readMetadata(text), SamlError)

test('who it is, where it is asked, and its keys', () => {
  const text = makeMetadata({ keys: [key, next], role: ' WantAuthnRequestsSigned="1"' })
  const metadata = readMetadata(text)
  assert.equal(metadata.entityId, idpEntity)
  assert.equal(metadata.signingKeys.length, 2)
  assert.deepEqual(metadata.signOn, { redirect: 'https://idp.example.com/sso', post: 'https://idp.example.com/sso' })
  assert.deepEqual(metadata.logout, { redirect: 'https://idp.example.com/slo', post: undefined })
  assert.equal(metadata.wantsSignedRequests, true)
  assert.equal(metadata.validUntil, undefined)
})

test('answers to a sign-out go where the metadata says, or to the address of requests', () => {
  const text = makeMetadata({ keys: [key] })
  const own = text.replace('/slo"/>', '/slo" ResponseLocation="https://idp.example.com/slo/answer"/>')
  assert.equal(readMetadata(text).logoutResponse.redirect, 'https://idp.example.com/slo')
  assert.equal(readMetadata(own).logoutResponse.redirect, 'https://idp.example.com/slo/answer')
  assert.equal(readMetadata(own).logout.redirect, 'https://idp.example.com/slo')
})

test('a key without a use signs, one for encryption does not', () => {
  const text = makeMetadata({ keys: [key, next] })
  assert.equal(readMetadata(text.replace(' use="signing"', '')).signingKeys.length, 2)
  assert.equal(readMetadata(text.replace(' use="signing"', ' use="encryption"')).signingKeys.length, 1)
})

test('of many entities the one identity provider counts, and there must be one', () => {
  const inner = (entity: string) => makeMetadata({ keys: [key], entity }).replace(/^<\?xml[^>]+>\s*/, '')
  const around = (...inside: string[]) =>
    `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${inside.join('')}</md:EntitiesDescriptor>`
  const sp = printServiceProvider({
    ...{ entityId: 'urn:sp', acs: 'https://sp.example/acs', logout: 'https://sp.example/slo' },
    ...{ signing: key.certificate, encryption: key.certificate, signsRequests: true },
  }).replace(/^<\?xml[^>]+>\s*/, '')
  assert.equal(elementsOf(elementsOf(readXml(sp))[0]!).length, 5)
  assert.equal(readMetadata(around(sp, around(inner('urn:one')))).entityId, 'urn:one')
  refuses(around(inner('urn:one'), inner('urn:two')))
  refuses(around(sp))
  refuses(sp)
  refuses('<a/>')
})

test('it is current until its own end, and until the last of its certificates ends', () => {
  const metadata = readMetadata(makeMetadata({ keys: [key, next], more: ' validUntil="2026-06-03T00:00:00Z"' }))
  checkCurrent(metadata, noon)
  assert.throws(() => checkCurrent(metadata, Date.UTC(2026, 5, 3)), { reason: 'metadata' })
  const endless = readMetadata(makeMetadata({ keys: [key, next] }))
  checkCurrent(endless, noon + 1.5e10)
  assert.throws(() => checkCurrent(endless, noon + 2.1e10), { reason: 'metadata' })
  assert.deepEqual(endless.certificatesEnd, { first: noon + 1e10, last: noon + 2e10 })
})
