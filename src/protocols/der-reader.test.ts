import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { element, octets, oid, sequence } from './der.ts'
import {
  DerError,
  membersOf,
  readBits,
  readBoolean,
  readDer,
  readInteger,
  readOid,
  readText,
  readTime,
} from './der-reader.ts'
import { readRevocationList } from './revocation-list.ts'
import { readBundle, readCertificate } from './x509.ts'

const bytes = (hex: string) => Buffer.from(hex, 'hex')

describe('DER', () => {
  test('what the writer wrote is read back, however long it is', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 70_000]) {
      const [inner] = membersOf(readDer(sequence(octets(Buffer.alloc(length, 7)))))
      assert.equal(inner?.content.length, length)
    }
  })

  for (const [name, hex] of Object.entries({
    nothing: '',
    'a tag alone': '30',
    'a length that is cut off': '3082',
    'an element that is cut off': '300500',
    'an indefinite length (X.690 10.1)': '30800000',
    'a length in more bytes than it needs': '30810100',
    'a length with a leading zero': `30820080${'00'.repeat(128)}`,
    'something after the element': '300000',
    'a tag of several bytes': '3f2000',
  }))
    test(`is refused: ${name}`, () => assert.throws(() => readDer(bytes(hex)), DerError))

  test('members that are cut off are refused', () => {
    assert.throws(() => membersOf(readDer(bytes('3002020 5'.replace(' ', '')))), DerError)
    assert.throws(() => membersOf(readDer(bytes('020101'))), DerError)
  })

  test('object identifiers, with the example of X.690 8.19.5', () => {
    assert.equal(readOid(readDer(bytes('0603883703'))), '2.999.3')
    assert.equal(readOid(readDer(oid('2a864886f70d01010b'))), '1.2.840.113549.1.1.11')
    for (const wrong of ['0600', '06028001', '060288', '06032a8001', '060a2affffffffffffffff7f'])
      assert.throws(() => readOid(readDer(bytes(wrong))), DerError, wrong)
  })

  test('integers that are negative or longer than they need be are refused', () => {
    assert.equal(readInteger(readDer(bytes('02020080'))), 128n)
    assert.equal(readInteger(readDer(bytes('020100'))), 0n)
    for (const wrong of ['020180', '0202007f', '0200', '040101'])
      assert.throws(() => readInteger(readDer(bytes(wrong))), DerError, wrong)
  })

  test('booleans, bits and times', () => {
    assert.equal(readBoolean(readDer(bytes('0101ff'))), true)
    assert.throws(() => readBoolean(readDer(bytes('010101'))), DerError)
    assert.deepEqual([...readBits(readDer(bytes('03020186')))], [0, 5, 6])
    assert.throws(() => readBits(readDer(bytes('030108'))), DerError)
    const time = (tag: number, text: string) => readTime(readDer(element(tag, Buffer.from(text))))
    assert.equal(time(0x17, '491231235959Z'), Date.parse('2049-12-31T23:59:59Z'))
    assert.equal(time(0x17, '500101000000Z'), Date.parse('1950-01-01T00:00:00Z'))
    assert.equal(time(0x18, '20500101000000Z'), Date.parse('2050-01-01T00:00:00Z'))
    for (const wrong of ['260231000000Z', '2601010000Z', '260101000000+0100', '260101000060Z', '٢60101000000Z'])
      assert.throws(() => time(0x17, wrong), DerError, wrong)
  })

  test('texts in their encodings; what is no text of its kind is none', () => {
    const text = (tag: number, hex: string) => readText(readDer(element(tag, bytes(hex))))
    assert.equal(text(12, 'c3a9'), 'é')
    assert.equal(text(12, 'c3'), undefined)
    assert.equal(text(19, '41'), 'A')
    assert.equal(text(22, 'e9'), undefined)
    assert.equal(text(30, '00410042'), 'AB')
    assert.equal(text(30, '00'), undefined)
    assert.equal(text(20, '41'), undefined)
  })
})

test('no bytes make the readers of certificates and lists throw anything but a DerError', () => {
  const shaped = fc.letrec<{ node: Buffer; leaf: Buffer; list: Buffer }>((tie) => ({
    leaf: fc
      .tuple(fc.constantFrom(1, 2, 3, 4, 5, 6, 12, 0x17, 0x18, 0x80, 0x82), fc.uint8Array({ maxLength: 12 }))
      .map(([tag, content]) => element(tag, content)),
    list: fc
      .tuple(fc.constantFrom(0x30, 0x31, 0xa0, 0xa3), fc.array(tie('node'), { maxLength: 8 }))
      .map(([tag, members]) => element(tag, ...members)),
    node: fc.oneof({ depthSize: 'small' }, tie('leaf'), tie('list')),
  })).node
  fc.assert(
    fc.property(fc.oneof(shaped, fc.uint8Array({ maxLength: 300 })), (given) => {
      try {
        readCertificate(Buffer.from(given))
      } catch (error) {
        assert.ok(error instanceof DerError)
      }
      readRevocationList(given)
    }),
    { numRuns: 1500, seed: 5280 },
  )
})

test('a bundle with anything in an armour that is no certificate is none at all', () => {
  assert.deepEqual(readBundle('no armour'), [])
  assert.equal(readBundle('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'), undefined)
  assert.equal(readBundle('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'), undefined)
})
