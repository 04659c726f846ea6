import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Attribute, Certificate, Name } from '../../protocols/x509.ts'
import { deleteMapping, putMapping, usualMappings } from '../profiles/mappings.ts'
import { printName } from '../subjects/subject.ts'
import { hexSerial, sourceIdentityOf, tagsOf } from './attributes.ts'

const [CN, OU] = ['2.5.4.3', '2.5.4.11']
const name = (...attributes: Attribute[]): Name => ({ attributes, der: Buffer.of() })
const certificate = (subject: Name, more: Partial<Certificate> = {}) =>
  ({ subject, issuer: name(), serial: 291n, dns: [], uris: [], directoryNames: [], ...more }) as unknown as Certificate

test('whatever a name holds, tags and source identity are plain text that no policy reads as anything else', () => {
  const attribute = fc.record({
    type: fc.constantFrom(CN, OU, '2.5.4.10', '1.2.3'),
    value: fc.option(fc.string({ unit: 'binary', maxLength: 80 }), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(attribute, { maxLength: 5 }), (attributes) => {
      const one = certificate(name(...attributes))
      const { tags, failed } = tagsOf(one, usualMappings)
      for (const { Key, Value } of tags) {
        assert.match(Key, /^x509Subject\/[A-Z]+$/)
        assert.match(Value, /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u)
        const values = attributes.filter(
          ({ type }) => ({ [CN]: 'CN', [OU]: 'OU', '2.5.4.10': 'O' })[type] === Key.slice(12),
        )
        assert.equal(Value, values.map(({ value }) => value).join('/'))
      }
      const kinds = new Set(attributes.filter(({ type }) => type !== '1.2.3').map(({ type }) => type))
      assert.equal(tags.length + failed.x509Subject.length, kinds.size)
      assert.match(sourceIdentityOf(one) ?? 'none', /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,64}$/u)
    }),
    { numRuns: 200, seed: 509 },
  )
})

test('serial numbers are hexadecimal of an even length', () => {
  for (const [serial, hex] of [
    [291n, '0123'],
    [17767n, '4567'],
    [1n, '01'],
  ] as const)
    assert.equal(hexSerial({ serial }), hex)
})

test('a name prints as RFC 4514 says, with what would end a value escaped', () => {
  const odd = name(
    { type: OU, value: ' a,b+c"d\\e<f>g;h ' },
    { type: CN, value: '#x\ny' },
    { type: '1.2.3', value: 'z' },
  )
  assert.equal(printName(odd), '1.2.3=z,CN=\\#x\\0ay,OU=\\ a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\ ')
})

test('mapping rules of one field replace those before, and leave the other fields alone', () => {
  const put = putMapping(usualMappings, 'x509SAN', [
    { specifier: 'Name' },
    { specifier: 'Name/' },
    { specifier: 'URI' },
  ])
  assert.deepEqual(put[1], {
    certificateField: 'x509SAN',
    mappingRules: [{ specifier: 'Name/*' }, { specifier: 'URI' }],
  })
  assert.deepEqual([put[0], put[2]], [usualMappings[0], usualMappings[2]])
  assert.deepEqual(deleteMapping(put, 'x509SAN', undefined), [usualMappings[0], usualMappings[2]])
  for (const [field, specifier] of [
    ['x509Subject', 'Name/CN'],
    ['x509SAN', 'CN'],
    ['x509SAN', '*'],
    ['x509Issuer', 'constructor'],
    ['x509Subject', ''],
  ] as const)
    assert.throws(() => putMapping([], field, [{ specifier }]), { code: 'ValidationException' })
  assert.throws(() => putMapping([], 'x509Subject', []), { code: 'ValidationException' })
})
