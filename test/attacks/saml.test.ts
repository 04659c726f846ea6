/**
 * Attacks on SAML responses. Each is tried on a naive reader, too, made of the library that most programs use and the
 * first look that most of them take: where it is deceived, the attack is a real one.
 */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { DOMParser, type Document, type Element, XMLSerializer } from '@xmldom/xmldom'
import { SignedXml } from 'xml-crypto'
import { SamlError, type SamlReason } from '../../src/protocols/saml/error.ts'
import { readLogoutResponse } from '../../src/protocols/saml/logout.ts'
import { readMetadata } from '../../src/protocols/saml/metadata.ts'
import { printAuthnRequest, printLogoutRequest } from '../../src/protocols/saml/requests.ts'
import { type ResponseChecks, type SamlAssertion, verifySamlResponse } from '../../src/protocols/saml/response.ts'
import { readXml } from '../../src/protocols/saml/xml.ts'
import {
  acs,
  assertionXml,
  encode,
  encryptXml,
  idpEntity,
  makeIdpKey,
  makeMetadata,
  noon,
  pemOf,
  publicKeyOf,
  type ResponseOptions,
  responseXml,
  signXml,
  spEntity,
} from '../support/saml-messages.ts'

const [key, attackersKey, encryptionKey] = await Promise.all([makeIdpKey(), makeIdpKey(), makeIdpKey()])
const metadata = makeMetadata({ keys: [key] })

const verify = (xml: string, more: Partial<ResponseChecks> = {}): SamlAssertion =>
  verifySamlResponse({ metadata, response: encode(xml), now: noon, audience: spEntity, recipient: acs, ...more })

const refuses = (reason: SamlReason | readonly SamlReason[], xml: string, more: Partial<ResponseChecks> = {}) =>
  assert.throws(
    () => verify(xml, more),
    (error) => {
      assert.ok(error instanceof SamlError, String(error))
      assert.ok([reason].flat().includes(error.reason), `${error.reason}: ${error.message}`)
      return true
    },
  )

const honest = (options: ResponseOptions = {}, element: 'Assertion' | 'Response' = 'Assertion') =>
  signXml(responseXml(options), element, key)

const parse = (xml: string): Document => new DOMParser().parseFromString(xml, 'text/xml')
const print = (document: Document): string => new XMLSerializer().serializeToString(document)
const named = (within: Document | Element, local: string): Element[] =>
  Array.from(within.getElementsByTagNameNS('*', local)) as Element[]
const one = (within: Document | Element, local: string): Element => named(within, local)[0] ?? assert.fail(local)

/**
 * The naive way: find a signature anywhere, let the library say that it is good, then look into the document for what
 * one came for: the assertion that is a child of the response, or the first one that there is.
 */
function naive(xml: string, look: 'child' | 'first' | 'last'): string | undefined {
  const document = parse(xml)
  const signature = named(document, 'Signature').at(-1)
  const checker = new SignedXml({ publicCert: pemOf(key.certificate) })
  checker.loadSignature(String(signature))
  try {
    if (!checker.checkSignature(xml)) return undefined
  } catch {
    return undefined
  }
  const all = named(document, 'Assertion')
  const children = all.filter((assertion) => assertion.parentNode === document.documentElement)
  const found = { child: children[0], first: all[0], last: all.at(-1) }[look]
  const subject = found && named(found, 'Subject').find((one) => one.parentNode === found)
  return subject && (named(subject, 'NameID')[0]?.firstChild?.nodeValue ?? undefined)
}

/** An assertion as the attacker would like it, with another id. */
function forged(original: Element): Element {
  const copy = original.cloneNode(true) as Element
  copy.setAttribute('ID', '_evil')
  one(copy, 'NameID').textContent = 'root'
  for (const signature of named(copy, 'Signature')) signature.parentNode?.removeChild(signature)
  return copy
}

const without = (element: Element): Element => {
  const copy = element.cloneNode(true) as Element
  for (const child of Array.from(copy.childNodes) as Element[])
    if (child.localName === 'Signature') copy.removeChild(child)
  return copy
}

/** The eight forms of Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be", as SAML Raider numbers them. */
const wrappings: Record<string, (document: Document) => void> = {
  'XSW1: a new response around, the signed one inside the signature'(document) {
    const response = document.documentElement as Element
    const original = without(response)
    const signature = one(document, 'Signature')
    response.setAttribute('ID', '_evil')
    one(response, 'NameID').textContent = 'root'
    one(response, 'Assertion').setAttribute('ID', '_evil2')
    signature.appendChild(original)
  },
  'XSW2: a new response around, the signed one before the signature'(document) {
    const response = document.documentElement as Element
    const original = without(response)
    const signature = one(document, 'Signature')
    response.setAttribute('ID', '_evil')
    one(response, 'NameID').textContent = 'root'
    one(response, 'Assertion').setAttribute('ID', '_evil2')
    response.insertBefore(original, signature)
  },
  'XSW3: a new assertion before the signed one'(document) {
    const original = one(document, 'Assertion')
    original.parentNode?.insertBefore(forged(original), original)
  },
  'XSW4: a new assertion around the signed one'(document) {
    const original = one(document, 'Assertion')
    const evil = forged(original)
    original.parentNode?.replaceChild(evil, original)
    evil.appendChild(original)
  },
  'XSW5: a new assertion with the signature, the signed one at the end'(document) {
    const original = one(document, 'Assertion')
    const bare = without(original)
    original.setAttribute('ID', '_evil')
    one(original, 'NameID').textContent = 'root'
    document.documentElement?.appendChild(bare)
  },
  'XSW6: a new assertion with the signature, the signed one inside the signature'(document) {
    const original = one(document, 'Assertion')
    const bare = without(original)
    original.setAttribute('ID', '_evil')
    one(original, 'NameID').textContent = 'root'
    one(original, 'Signature').appendChild(bare)
  },
  'XSW7: a new assertion in extensions before the signed one'(document) {
    const original = one(document, 'Assertion')
    const extensions = document.createElementNS('urn:oasis:names:tc:SAML:2.0:protocol', 'samlp:Extensions')
    extensions.appendChild(forged(original))
    original.parentNode?.insertBefore(extensions, original)
  },
  'XSW8: a new assertion with the signature, the signed one in an object of the signature'(document) {
    const original = one(document, 'Assertion')
    const bare = without(original)
    original.setAttribute('ID', '_evil')
    one(original, 'NameID').textContent = 'root'
    const object = document.createElementNS('http://www.w3.org/2000/09/xmldsig#', 'ds:Object')
    object.appendChild(bare)
    one(original, 'Signature').appendChild(object)
  },
}

describe('case 61: XML signature wrapping', () => {
  for (const [form, wrap] of Object.entries(wrappings)) {
    test(`case 61: ${form}`, () => {
      const document = parse(honest({}, /XSW[12]/.test(form) ? 'Response' : 'Assertion'))
      wrap(document)
      const attack = print(document)
      const looks = ['child', 'first', 'last'] as const
      assert.ok(
        looks.some((look) => naive(attack, look) === 'root'),
        'a naive reader is deceived',
      )
      refuses(['shape', 'signature', 'duplicate-id'], attack)
    })
  }

  test('case 61: the signed assertion kept, a forged one beside it under the same id', () => {
    const document = parse(honest())
    const original = one(document, 'Assertion')
    const evil = forged(original)
    evil.setAttribute('ID', '_assertion')
    original.parentNode?.insertBefore(evil, original)
    refuses(['shape', 'duplicate-id'], print(document))
  })
})

describe('case 62: a SignedInfo that is read in two ways', () => {
  test('case 62: a second SignedInfo, of which one is verified and the other believed', () => {
    const document = parse(honest())
    const signature = one(document, 'Signature')
    const info = one(signature, 'SignedInfo')
    signature.insertBefore(info.cloneNode(true), info)
    refuses('shape', print(document))
  })

  test('case 62: a comment that splits a DigestValue does not hide a part of it', () => {
    const signed = honest()
    const evil = signed.replace('>ada<', '>root<')
    const digest = /<ds:DigestValue>([^<]+)</.exec(signed)?.[1] ?? ''
    // SAMLStorm: who reads the first text sees the forged digest; the canonical form has only the true one.
    const forgedDigest = Buffer.alloc(32).toString('base64')
    for (const inside of [`<!--${forgedDigest}-->${digest}`, `${forgedDigest}<!---->${digest}`])
      refuses(['signature', 'malformed'], evil.replace(`>${digest}<`, `>${inside}<`))
    assert.equal(
      verify(signed.replace(`>${digest}<`, `>${digest.slice(0, 9)}<!-- -->${digest.slice(9)}<`)).nameId,
      'ada',
    )
  })

  test('case 62: two references, of which only one is checked', () => {
    const document = parse(honest())
    const reference = one(document, 'Reference')
    reference.parentNode?.insertBefore(reference.cloneNode(true), reference)
    refuses('shape', print(document))
  })

  test('case 62: a reference to the whole document, to nothing, or to another element', () => {
    for (const uri of ['', '#', '#_response', '#undefined', 'https://evil.example/', '#xpointer(/)'])
      refuses('signature', honest().replace('URI="#_assertion"', `URI="${uri}"`))
    const nameless = honest().replace(' ID="_assertion"', '').replace('URI="#_assertion"', 'URI="#undefined"')
    refuses('signature', nameless)
  })

  test('case 62: transforms that sign something else than what stands there', () => {
    const xpath = 'http://www.w3.org/TR/1999/REC-xpath-19991116'
    const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
    const transform = `<ds:Transform Algorithm="${exclusive}"/>`
    for (const evil of [
      `<ds:Transform Algorithm="${xpath}"/>${transform}`,
      `${transform}<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>`,
      `<ds:Transform Algorithm="${exclusive}WithComments"/>`,
      '',
    ])
      refuses('algorithm', honest().replace(transform, evil))
  })
})

test('case 63: what is unsigned around a signed assertion is never read', () => {
  const attack = honest()
    .replace('<samlp:Status>', '<saml:Subject><saml:NameID>root</saml:NameID></saml:Subject><samlp:Status>')
    .replace(
      '</samlp:Response>',
      '<saml:AttributeStatement><saml:Attribute Name="mail"/></saml:AttributeStatement></samlp:Response>',
    )
  const { nameId, attributes } = verify(attack)
  assert.deepEqual({ nameId, attributes }, { nameId: 'ada', attributes: { mail: ['ada@example.com'] } })
})

describe('case 64: encrypted assertions', () => {
  const decryption = { privatePem: encryptionKey.privatePem, required: true }

  test('case 64: an unsigned encrypted assertion before or after a signed one', async () => {
    const evil = await encryptXml(assertionXml({ nameId: 'root', id: '_evil' }), encryptionKey)
    const signed = honest()
    for (const attack of [
      signed.replace('<saml:Assertion', `${evil}<saml:Assertion`),
      signed.replace('</samlp:Response>', `${evil}</samlp:Response>`),
    ]) {
      refuses('shape', attack, { decryption })
      refuses('shape', attack, { decryption: { ...decryption, required: false } })
    }
  })

  test('case 64: encryption is no signature: everybody has the certificate', async () => {
    const evil = await encryptXml(assertionXml({ nameId: 'root' }), encryptionKey)
    refuses('unsigned', responseXml({}, evil), { decryption })
  })

  test('case 64: two assertions in one envelope, and a wrapped one inside of it', async () => {
    const signed = signXml(assertionXml(), 'Assertion', key)
    const two = await encryptXml(`${assertionXml({ nameId: 'root', id: '_evil' })}${signed}`, encryptionKey)
    refuses('encryption', responseXml({}, two), { decryption })
    const wrapped = assertionXml({ nameId: 'root', id: '_evil', assertionMore: `<saml:Advice>${signed}</saml:Advice>` })
    refuses('shape', responseXml({}, await encryptXml(wrapped, encryptionKey)), { decryption })
  })

  test('case 64: a provider that must encrypt cannot be made to speak in clear', () => {
    refuses('not-encrypted', honest(), { decryption })
  })

  test('case 64: whatever is wrong inside, the answer is the same, so that nobody reads by asking', async () => {
    const sealed = await encryptXml(signXml(assertionXml(), 'Assertion', key), encryptionKey, {
      encryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
    })
    const values = [...sealed.matchAll(/CipherValue>([^<]+)</g)].map((match) => match[1] as string)
    const seen = new Set<string>()
    for (const value of values)
      for (const at of [0, 20, 40, value.length - 30, value.length - 10]) {
        const broken = `${value.slice(0, at)}${value[at] === 'A' ? 'B' : 'A'}${value.slice(at + 1)}`
        try {
          verify(responseXml({}, sealed.replace(value, broken)), { decryption })
        } catch (error) {
          if (error instanceof SamlError && error.reason !== 'signature') seen.add(`${error.reason} ${error.message}`)
        }
      }
    assert.deepEqual([...seen], ['encryption The assertion cannot be decrypted.'])
  })

  test('case 64: RSA with the padding of PKCS #1 v1.5 and triple DES are not opened', async () => {
    const signed = signXml(assertionXml(), 'Assertion', key)
    for (const weak of [
      { keyEncryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#rsa-1_5' },
      { encryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#tripledes-cbc' },
    ])
      refuses('algorithm', responseXml({}, await encryptXml(signed, encryptionKey, weak)), { decryption })
  })
})

test('case 65: a comment inside of a NameID or a value truncates nothing', () => {
  const commented = (text: string) => `${text.slice(0, 3)}<!-- -->${text.slice(3)}`
  const options: ResponseOptions = {
    nameId: 'ada@example.com.evil.example',
    attributes:
      '<saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue>ada@example.com.evil.example</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>',
  }
  const signed = honest(options)
  // The canonical form leaves comments out, so the signature still fits.
  const attack = signed.replaceAll('ada@example.com.evil.example', 'ada@example.com<!---->.evil.example')
  assert.equal(naive(attack, 'first'), 'ada@example.com', 'a naive reader is deceived')
  const { nameId, attributes } = verify(attack)
  assert.deepEqual([nameId, attributes['mail']], ['ada@example.com.evil.example', ['ada@example.com.evil.example']])
  assert.equal(verify(honest().replace('>ada<', `>${commented('ada')}<`)).nameId, 'ada')
  assert.equal(verify(honest().replace('>ada<', '>a<![CDATA[d]]>a<')).nameId, 'ada')
})

describe('case 66: one reader, one root', () => {
  test('case 66: two roots, text around the root, and what some parsers forgive', () => {
    const signed = honest()
    for (const attack of [
      `${signed}${signed}`,
      `${signed}<samlp:Response/>`,
      `evil${signed}`,
      `${signed}evil`,
      `<a>${signed}</b>`,
      signed.replace('ID="_response"', 'ID=_response'),
      signed.replace('ID="_response"', 'ID="_response" ID="_other"'),
      signed.replace('<saml:Issuer>', '<saml:Issuer xmlns:x="u" xmlns:y="u" x:a="1" y:a="2">'),
      signed.replace('>ada<', '>&#0;<'),
      signed.replace('>ada<', '>ada & eve<'),
      signed.replace('>ada<', '>ada]]>eve<'),
      signed.replace('>ada<', '><?evil ada?><'),
      signed.replace('xmlns:saml=', 'xmlns:saml="" xmlns:other='),
    ])
      refuses(['malformed'], attack)
  })

  test('case 66: a namespace declared anew deceives nobody about a name', () => {
    const attack = honest().replace(
      '<samlp:Status>',
      '<saml:Assertion xmlns:saml="urn:other"><saml:NameID>root</saml:NameID></saml:Assertion><samlp:Status>',
    )
    assert.equal(verify(attack).nameId, 'ada')
  })

  test('case 66: not UTF-8, and not base64', () => {
    for (const response of [
      '%%%',
      'PGE',
      encode('<a/>').replace('=', '!'),
      Buffer.from([0xff, 0xfe]).toString('base64'),
    ])
      refuses('malformed', '', { response })
  })
})

describe('case 67: to whom, when, about which request', () => {
  const late = { from: noon - 600_000, until: noon - 61_000 }
  const cases: readonly [string, SamlReason, ResponseOptions, Partial<ResponseChecks>?][] = [
    ['another audience', 'audience', { audience: 'urn:amazon:cognito:sp:us-east-1_Other' }],
    ['no audience', 'audience', { conditions: '<saml:Conditions/>' }],
    ['no conditions', 'audience', { conditions: '' }],
    [
      'two restrictions, one of them for somebody else',
      'audience',
      {
        conditions: `<saml:Conditions><saml:AudienceRestriction><saml:Audience>${spEntity}</saml:Audience></saml:AudienceRestriction><saml:AudienceRestriction><saml:Audience>other</saml:Audience></saml:AudienceRestriction></saml:Conditions>`,
      },
    ],
    ['a condition that nobody knows', 'shape', { conditions: '<saml:Conditions><saml:Condition/></saml:Conditions>' }],
    ['another recipient', 'recipient', { recipient: 'https://other.example/saml2/idpresponse' }],
    ['another destination', 'destination', { destination: 'https://other.example/saml2/idpresponse' }],
    ['another issuer', 'issuer', { issuer: 'https://other.example' }],
    ['an end that has passed', 'expired', late],
    ['a beginning to come', 'not-yet-valid', { from: noon + 61_000 }],
    ['an issue to come', 'not-yet-valid', { issued: noon + 61_000 }],
    ['another request', 'in-response-to', { inResponseTo: '_other' }, { inResponseTo: '_mine' }],
    ['no request, though one was made', 'in-response-to', {}, { inResponseTo: '_mine' }],
    ['a request, though none was made', 'in-response-to', { inResponseTo: '_other' }, { inResponseTo: null }],
    ['an old answer to no request', 'expired', { issued: noon - 360_000 }, { inResponseTo: null, mostAge: 360_000 }],
    ['no confirmation', 'confirmation', { confirmation: '' }],
    [
      'another method of confirmation',
      'confirmation',
      { confirmation: '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"/>' },
    ],
    [
      'a confirmation without an end',
      'confirmation',
      {
        confirmation: `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="${acs}"/></saml:SubjectConfirmation>`,
      },
    ],
    ['no NameID', 'name-id', { nameIdXml: '' }],
    ['an empty NameID', 'name-id', { nameIdXml: '<saml:NameID> </saml:NameID>' }],
    [
      'a status that is not success',
      'status',
      { status: '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/>' },
    ],
    [
      'a session that is over',
      'expired',
      {
        authnStatement: `<saml:AuthnStatement AuthnInstant="${new Date(noon).toISOString()}" SessionNotOnOrAfter="${new Date(noon - 61_000).toISOString()}"/>`,
      },
    ],
  ]
  for (const [what, reason, options, checks] of cases)
    test(`case 67: ${what}`, () => {
      refuses(reason, honest(options), checks)
      // Signed as a whole it is no better.
      refuses(reason, honest(options, 'Response'), checks)
    })

  test('case 67: only the confirmation is for another request', () => {
    const inner = assertionXml({ inResponseTo: '_other' })
    refuses('in-response-to', signXml(responseXml({ inResponseTo: '_mine' }, inner), 'Assertion', key), {
      inResponseTo: '_mine',
    })
  })
})

describe('case 68: whose key', () => {
  test('case 68: a key that the message brings along', () => {
    const attack = signXml(responseXml({ nameId: 'root' }), 'Assertion', attackersKey)
    const checker = new SignedXml({
      getCertFromKeyInfo: (node) => SignedXml.getCertFromKeyInfo(node),
    })
    checker.loadSignature(String(one(parse(attack), 'Signature')))
    assert.ok(checker.checkSignature(attack), 'who believes the message is deceived')
    refuses('signature', attack)
  })

  test('case 68: the right certificate in KeyInfo helps a wrong signature nothing, a wrong one spoils no right signature', () => {
    const info = (certificate: string) =>
      `<ds:X509Data xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data>`
    refuses('signature', signXml(responseXml(), 'Assertion', attackersKey, { keyInfo: info(key.certificate) }))
    const right = signXml(responseXml(), 'Assertion', key, { keyInfo: info(attackersKey.certificate) })
    assert.equal(verify(right).nameId, 'ada')
  })

  test('case 68: SHA-1, and a shared secret that is the public key', () => {
    const sha1 = 'http://www.w3.org/2000/09/xmldsig#'
    refuses('algorithm', signXml(responseXml(), 'Assertion', key, { signatureAlgorithm: `${sha1}rsa-sha1` }))
    refuses('algorithm', signXml(responseXml(), 'Assertion', key, { digestAlgorithm: `${sha1}sha1` }))
    const hmac = honest().replace('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', `${sha1}hmac-sha1`)
    const mac = createHmac('sha1', publicKeyOf(key).export({ type: 'spki', format: 'pem' }))
      .update('')
      .digest('base64')
    refuses('algorithm', hmac.replace(/SignatureValue>[^<]+</, `SignatureValue>${mac}<`))
    refuses('signature', honest().replace(/SignatureValue>[^<]+</, 'SignatureValue><'))
  })
})

test('case 69: metadata without a key to verify with is refused, whatever else it holds', () => {
  const good = makeMetadata({ keys: [key] })
  const bad: readonly string[] = [
    makeMetadata({ keys: [] }),
    good.replace('use="signing"', 'use="encryption"'),
    good.replace(/<ds:X509Certificate>[^<]+</, '<ds:X509Certificate><'),
    good.replace(/<ds:X509Certificate>[^<]+</, '<ds:X509Certificate>AAAA<'),
    good.replace(/X509Certificate>/g, 'KeyName>'),
    // One that can be read beside one that cannot: nothing is passed over in silence.
    makeMetadata({ keys: [key, { certificate: 'AAAA' }] }),
    makeMetadata({ keys: [{ certificate: 'A'.repeat(5_000) }] }),
    good.replaceAll('IDPSSODescriptor', 'SPSSODescriptor'),
    good.replace(' entityID="https://idp.example.com/metadata"', ''),
    good.replaceAll('https://idp.example.com/sso', 'javascript:alert(1)'),
    good.replace('<?xml version="1.0" encoding="UTF-8"?>', '<!DOCTYPE a [<!ENTITY b "c">]>'),
  ]
  for (const text of bad)
    assert.throws(
      () => readMetadata(text),
      (error) => error instanceof SamlError,
      text.slice(0, 80),
    )
  assert.equal(readMetadata(good).signingKeys.length, 1)
})

describe('case 70: XML that is made to cost', () => {
  test('case 70: documents types, entities and instructions are refused before they mean anything', () => {
    const bomb = `<!DOCTYPE a [<!ENTITY a "${'x'.repeat(100)}">${Array.from({ length: 9 }, (_, i) => `<!ENTITY ${'bcdefghij'[i]} "${`&${'abcdefghi'[i]};`.repeat(10)}">`).join('')}]>`
    for (const attack of [
      bomb + honest().replace('>ada<', '>&j;<'),
      `<!DOCTYPE a SYSTEM "file:///etc/passwd">${honest()}`,
      honest().replace('>ada<', '>&xxe;<'),
      `<?xml-stylesheet href="https://evil.example/"?>${honest()}`,
      `<?xml version="1.0" encoding="UTF-16"?>${honest()}`,
      `<?xml version="1.1"?>${honest()}`,
    ])
      refuses('malformed', attack)
  })

  test('case 70: depth, width, attributes, namespaces and length have an end', () => {
    const deep = (n: number) => `${'<a>'.repeat(n)}${'</a>'.repeat(n)}`
    for (const attack of [
      deep(10_000),
      `<a>${'<b/>'.repeat(10_000)}</a>`,
      `<a ${Array.from({ length: 5_000 }, (_, i) => `b${i}=""`).join(' ')}/>`,
      `<a ${Array.from({ length: 39 }, (_, i) => `xmlns:b${i}="u"`).join(' ')}><c ${Array.from({ length: 39 }, (_, i) => `xmlns:d${i}="u"`).join(' ')}/></a>`,
      `<a>${'x'.repeat(80_000)}</a>`,
    ])
      refuses('too-large', attack)
    // A list of prefixes is walked at every element: fifty thousand of them would be.
    const many = Array.from({ length: 20_000 }, (_, i) => `p${i}`).join(' ')
    const list = `<ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="${many.slice(0, 60_000)}"/>`
    refuses(
      'algorithm',
      honest().replace(/(<ds:CanonicalizationMethod[^>]*)\/>/, `$1>${list}</ds:CanonicalizationMethod>`),
    )
    assert.throws(() => readXml(deep(33)), { reason: 'too-large' })
    readXml(deep(32))
  })

  test('case 70: a deflated message that inflates without end is not inflated', async () => {
    const { deflateRawSync } = await import('node:zlib')
    const { inflate } = await import('../../src/protocols/saml/bindings.ts')
    assert.throws(() => inflate(deflateRawSync(Buffer.alloc(50_000_000))), { reason: 'malformed' })
  })
})

test('case 71: what we write into XML stays a value, whatever it holds', () => {
  const evil = '"/><saml:Issuer>evil</saml:Issuer><!--\u0000&\n'
  const common = { id: '_1', now: noon, destination: evil, issuer: evil }
  const request = readXml(printAuthnRequest({ ...common, acs: evil }))
  const logout = readXml(
    printLogoutRequest({ ...common, nameId: evil, nameIdFormat: evil, nameQualifier: evil, sessionIndex: evil }),
  )
  const kept = evil.replace('\u0000', '\ufffd')
  assert.equal(request.attributes.find(({ local }) => local === 'Destination')?.value, kept)
  assert.equal(request.children.length, 1)
  assert.equal(logout.children.length, 3)
  for (const { children } of logout.children.filter((child) => typeof child !== 'string'))
    assert.deepEqual(children, [kept])
})

test('case 67: an answer to a sign-out is signed, fresh, and the answer to ours', () => {
  const known = readMetadata(metadata)
  const answer = (id: string, at = noon) =>
    `<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_l" Version="2.0" IssueInstant="${new Date(at).toISOString()}" InResponseTo="${id}"><saml:Issuer>${idpEntity}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:LogoutResponse>`
  const read = (xml: string) =>
    readLogoutResponse({
      metadata: known,
      message: { form: encode(xml) },
      now: noon,
      destination: [acs],
      inResponseTo: '_mine',
    })
  read(signXml(answer('_mine'), 'LogoutResponse', key))
  assert.throws(() => read(answer('_mine')), { reason: 'unsigned' })
  assert.throws(() => read(signXml(answer('_mine'), 'LogoutResponse', attackersKey)), { reason: 'signature' })
  assert.throws(() => read(signXml(answer('_other'), 'LogoutResponse', key)), { reason: 'in-response-to' })
  assert.throws(() => read(signXml(answer('_mine', noon - 360_000), 'LogoutResponse', key)), { reason: 'expired' })
  assert.throws(() => read(honest()), { reason: 'unsigned' })
  assert.throws(() => read(honest({}, 'Response')), { reason: 'shape' })
})
