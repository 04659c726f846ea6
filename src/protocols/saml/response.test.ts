import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  acs,
  assertionXml,
  encode,
  encryptXml,
  idpEntity,
  makeIdpKey,
  makeMetadata,
  noon,
  type ResponseOptions,
  responseXml,
  signXml,
  spEntity,
} from '../../../test/support/saml-messages.ts'
import { type ResponseChecks, SamlError, type SamlReason, verifySamlResponse } from './response.ts'

const [key, nextKey, encryptionKey] = await Promise.all([makeIdpKey(), makeIdpKey(), makeIdpKey()])
const metadata = makeMetadata({ keys: [key] })

const verify = (xml: string, more: Partial<ResponseChecks> = {}) =>
  verifySamlResponse({ metadata, response: encode(xml), now: noon, audience: spEntity, recipient: acs, ...more })

const refuses = (reason: SamlReason, xml: string, more: Partial<ResponseChecks> = {}) =>
  assert.throws(
    () => verify(xml, more),
    (error) => error instanceof SamlError && error.reason === reason,
    reason,
  )

const signed = (options: ResponseOptions = {}) => signXml(responseXml(options), 'Assertion', key)

test('an assertion that is signed itself is accepted, with all that it says', () => {
  assert.deepEqual(verify(signed()), {
    id: '_assertion',
    issuer: idpEntity,
    nameId: 'ada',
    nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    subjectType: 'persistent',
    nameQualifier: undefined,
    spNameQualifier: undefined,
    attributes: { mail: ['ada@example.com'] },
    audience: spEntity,
    recipient: acs,
    notOnOrAfter: noon + 300_000,
    issuedAt: noon,
    sessionIndex: 'session-1',
    sessionNotOnOrAfter: undefined,
  })
})

test('an assertion is accepted if the response around it is signed, or both are', () => {
  assert.equal(verify(signXml(responseXml(), 'Response', key)).nameId, 'ada')
  assert.equal(verify(signXml(signed(), 'Response', key)).nameId, 'ada')
})

test('of two signatures both must verify', () => {
  refuses('signature', signXml(signed(), 'Response', nextKey))
  refuses('signature', signXml(signXml(responseXml(), 'Assertion', nextKey), 'Response', key))
})

test('what nobody signed is refused', () => refuses('unsigned', responseXml()))

test('each of several keys of the metadata is good, and no other', () => {
  const both = makeMetadata({ keys: [key, nextKey] })
  assert.equal(verify(signXml(responseXml(), 'Assertion', nextKey), { metadata: both }).nameId, 'ada')
  refuses('signature', signXml(responseXml(), 'Assertion', nextKey))
})

test('an encrypted assertion is read if it is signed inside or the response is signed around it', async () => {
  const decryption = { privatePem: encryptionKey.privatePem, required: true }
  const own = signXml(assertionXml(), 'Assertion', key)
  const inner = responseXml({}, await encryptXml(own, encryptionKey))
  assert.equal(verify(inner, { decryption }).nameId, 'ada')
  const outer = signXml(responseXml({}, await encryptXml(assertionXml(), encryptionKey)), 'Response', key)
  assert.equal(verify(outer, { decryption }).nameId, 'ada')
  refuses('unsigned', responseXml({}, await encryptXml(assertionXml(), encryptionKey)), { decryption })
  refuses('encryption', responseXml({}, await encryptXml(own, nextKey)), { decryption })
  refuses('encryption', inner)
  refuses('not-encrypted', signed(), { decryption })
  assert.equal(verify(signed(), { decryption: { ...decryption, required: false } }).nameId, 'ada')
})
