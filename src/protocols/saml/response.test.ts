import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
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
import { signInside } from './bindings.ts'
import { readMetadata, type SamlMetadata } from './metadata.ts'
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

const more = 'http://www.w3.org/2001/04/xmldsig-more#'

test('SHA-384, SHA-512 and RSA-PSS are accepted', () => {
  for (const options of [
    { signatureAlgorithm: `${more}rsa-sha512`, digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha512' },
    { signatureAlgorithm: 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1' },
  ])
    assert.equal(verify(signXml(responseXml(), 'Assertion', key, options)).nameId, 'ada')
})

test('a key on a curve signs, and a signature of one kind is not tried as one of another', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const known: SamlMetadata = { ...readMetadata(metadata), signingKeys: [publicKey] }
  const xml = await signInside(responseXml(), '_response', async (text) =>
    sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  )
  refuses('signature', xml, { metadata: known })
  const ecdsa = (text: string) => text.replace(`${more}rsa-sha256`, `${more}ecdsa-sha256`)
  const right = await signInside(responseXml(), '_response', async (text) =>
    sign('sha256', Buffer.from(ecdsa(text)), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  )
  assert.equal(verify(ecdsa(right), { metadata: known }).nameId, 'ada')
  refuses('signature', ecdsa(right))
})

test('an RSA key below 2048 bits signs nothing', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const xml = signXml(responseXml(), 'Assertion', { privatePem, certificate: key.certificate })
  refuses('signature', xml, { metadata: { ...readMetadata(metadata), signingKeys: [publicKey] } })
})

test('prefixes that only values use are signed where the signer lists them', () => {
  const xml = responseXml().replace('<samlp:Response ', '<samlp:Response xmlns:unused="urn:x" ')
  const listed = signXml(xml, 'Assertion', key, { prefixList: ['xs', 'unused', 'nowhere'] })
  assert.match(listed, /PrefixList="xs unused nowhere"/)
  assert.equal(verify(listed).nameId, 'ada')
  refuses('signature', listed.replace(' xmlns:unused="urn:x"', ' xmlns:unused="urn:y"'))
})

test('an encrypted key stands beside the data, too, with each algorithm of the lists', async () => {
  const decryption = { privatePem: encryptionKey.privatePem, required: true }
  const own = signXml(assertionXml(), 'Assertion', key)
  const xenc = 'http://www.w3.org/2001/04/xmlenc#'
  for (const options of [
    { encryptionAlgorithm: `${xenc}aes128-cbc` },
    { encryptionAlgorithm: `${xenc}aes256-cbc`, keyEncryptionDigest: 'sha256' },
    { encryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes128-gcm', keyEncryptionDigest: 'sha512' },
    {
      keyEncryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#rsa-oaep',
      keyEncryptionMgf: 'sha256',
      keyEncryptionDigest: 'sha256',
    },
  ])
    assert.equal(verify(responseXml({}, await encryptXml(own, encryptionKey, options)), { decryption }).nameId, 'ada')
  const inside = await encryptXml(own, encryptionKey)
  const [found = ''] = /<e:EncryptedKey[\s\S]*<\/e:EncryptedKey>/.exec(inside) ?? []
  assert.notEqual(found, '')
  const beside = inside.replace(found, '').replace('</saml:EncryptedAssertion>', `${found}</saml:EncryptedAssertion>`)
  assert.equal(verify(responseXml({}, beside), { decryption }).nameId, 'ada')
})

test('attributes keep all their values; nil is none, elements count by their text', () => {
  const value = (inside: string, more = '') => `<saml:AttributeValue${more}>${inside}</saml:AttributeValue>`
  const nil = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
  const attribute = (name: string, values: string) => `<saml:Attribute Name="${name}">${values}</saml:Attribute>`
  const statement = (inside: string) => `<saml:AttributeStatement>${inside}</saml:AttributeStatement>`
  const attributes =
    statement(
      attribute('group', value('a') + value(' b ')) + attribute('none', '') + attribute('nil', value('', nil)),
    ) + statement(attribute('group', value('<saml:NameID>c</saml:NameID>')) + attribute('__proto__', value('p')))
  assert.deepEqual(Object.entries(verify(signed({ attributes })).attributes), [
    ['group', ['a', 'b', 'c']],
    ['none', []],
    ['nil', []],
    ['__proto__', ['p']],
  ])
})
