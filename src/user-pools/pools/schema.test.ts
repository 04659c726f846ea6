import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isEmail, isPhoneNumber } from './formats.ts'
import type { Pool, SchemaAttribute } from './pool.ts'
import { attributeOf, checkAttributes, completeSchema } from './schema.ts'
import { extendSchema, newSchema } from './schema-rules.ts'
import { completeSettings } from './settings.ts'

const poolWith = (schema: Parameters<typeof newSchema>[0]): Pool => ({
  id: 'us-east-1_abcdefghi',
  region: 'us-east-1',
  name: 'test',
  createdAt: 0,
  modifiedAt: 0,
  settings: completeSettings({}),
  schema: completeSchema(newSchema(schema)),
})

const names = (schema: readonly SchemaAttribute[]) => schema.map(({ Name }) => Name)
const refused = (message: string, code = 'InvalidParameterException') => ({ name: code, message })

describe('the schema of a pool', () => {
  test('starts with the standard attributes in AWS order and ends with the custom ones', () => {
    const { schema } = poolWith([
      { Name: 'tenant', AttributeDataType: 'String' },
      { Name: 'email', Required: true },
    ])
    assert.deepEqual(names(schema).slice(0, 3), ['sub', 'name', 'given_name'])
    assert.equal(names(schema).at(-1), 'custom:tenant')
    assert.equal(schema.find(({ Name }) => Name === 'email')?.Required, true)
    assert.equal(new Set(names(schema)).size, schema.length)
  })

  test('gives developer attributes both prefixes, and custom strings without bounds an empty object', () => {
    const [developer, plain] = newSchema([
      { Name: 'plan', AttributeDataType: 'Number', DeveloperOnlyAttribute: true },
      { Name: 'tenant', AttributeDataType: 'String' },
    ])
    assert.equal(developer?.Name, 'dev:custom:plan')
    assert.deepEqual(plain, {
      Name: 'custom:tenant',
      AttributeDataType: 'String',
      DeveloperOnlyAttribute: false,
      Mutable: true,
      Required: false,
      StringAttributeConstraints: {},
    })
  })

  test('takes the names of built-in flags for custom attributes', () => {
    assert.deepEqual(names(newSchema([{ Name: 'email_verified', AttributeDataType: 'Boolean' }])), [
      'custom:email_verified',
    ])
  })

  test('keeps sub immutable and required whatever is asked', () => {
    const sub = attributeOf(poolWith([{ Name: 'sub', Mutable: true, Required: false }]), 'sub')
    assert.deepEqual([sub?.Mutable, sub?.Required], [false, true])
  })

  const broken: readonly [what: string, wanted: Parameters<typeof newSchema>[0], message: string][] = [
    [
      'another type for a standard attribute',
      [{ Name: 'email', AttributeDataType: 'Number' }],
      'You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email',
    ],
    [
      'a standard attribute for developers only',
      [{ Name: 'email', DeveloperOnlyAttribute: true }],
      'You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email',
    ],
    [
      'a required custom attribute',
      [{ Name: 'x', AttributeDataType: 'String', Required: true }],
      'Required custom attributes are not supported currently.',
    ],
    [
      'a custom attribute without a type',
      [{ Name: 'x' }],
      'Invalid AttributeDataType input, consider using the provided AttributeDataType enum.',
    ],
    [
      'the same custom attribute twice',
      [
        { Name: 'x', AttributeDataType: 'String' },
        { Name: 'x', AttributeDataType: 'Number' },
      ],
      'Duplicate custom attribute names custom:x are not allowed in a user pool schema.',
    ],
    [
      'bounds of a number the wrong way round',
      [{ Name: 'x', AttributeDataType: 'Number', NumberAttributeConstraints: { MinValue: '9', MaxValue: '1' } }],
      "Attribute custom:x cannot have a max value smaller than it's min value",
    ],
    [
      'bounds of a string the wrong way round',
      [{ Name: 'x', AttributeDataType: 'String', StringAttributeConstraints: { MinLength: '9', MaxLength: '1' } }],
      "Attribute custom:x cannot have a max length shorter than it's min length",
    ],
    [
      'a string longer than 2048',
      [{ Name: 'x', AttributeDataType: 'String', StringAttributeConstraints: { MaxLength: '2049' } }],
      'user.custom:x: String attributes cannot have a length of more than 2048',
    ],
    [
      'a bound that is no number',
      [{ Name: 'x', AttributeDataType: 'String', StringAttributeConstraints: { MaxLength: 'ten' } }],
      'Invalid StringAttributeConstraints for schema attribute custom:x',
    ],
  ]
  for (const [what, wanted, message] of broken) {
    test(`refuses ${what}`, () => assert.throws(() => newSchema(wanted), refused(message)))
  }

  test('is never given an attribute it has, nor a fifty-first of its own', () => {
    const own = newSchema([{ Name: 'x', AttributeDataType: 'String' }])
    assert.throws(
      () => extendSchema(own, [{ Name: 'x', AttributeDataType: 'String' }]),
      refused('custom:x: Existing attribute already has name custom:x.'),
    )
    const many = Array.from({ length: 49 }, (_, index) => ({ Name: `a${index}`, AttributeDataType: 'String' as const }))
    const full = extendSchema(own, many)
    assert.equal(full.length, 50)
    assert.throws(() => extendSchema(full, [{ Name: 'y', AttributeDataType: 'String' }]), {
      name: 'InvalidParameterException',
    })
  })
})

describe('the attributes of a user', () => {
  const pool = poolWith([
    { Name: 'email', Required: true },
    { Name: 'name', Required: true },
    { Name: 'tenant', AttributeDataType: 'String', Mutable: false, StringAttributeConstraints: { MaxLength: '5' } },
    { Name: 'age', AttributeDataType: 'Number', NumberAttributeConstraints: { MinValue: '0', MaxValue: '150' } },
    { Name: 'since', AttributeDataType: 'DateTime' },
    { Name: 'staff', AttributeDataType: 'Boolean' },
    { Name: 'plan', AttributeDataType: 'String', DeveloperOnlyAttribute: true },
  ])
  const complete = { email: 'ann@example.com', name: 'Ann' }

  test('must hold the required ones at sign-up, one line for each that is missing', () => {
    assert.throws(
      () => checkAttributes(pool, {}, 'create'),
      refused(
        'Attributes did not conform to the schema: name.formatted: The attribute is required\nemail: The attribute is required\n',
      ),
    )
    checkAttributes(pool, complete, 'create')
    checkAttributes(pool, {}, 'admin-create')
  })

  test('must exist in the schema', () => {
    assert.throws(
      () => checkAttributes(pool, { ...complete, 'custom:nope': '1' }, 'create'),
      refused('Attributes did not conform to the schema: custom:nope: Attribute does not exist in the schema.\n'),
    )
    // A name that every JavaScript object answers to is no attribute.
    assert.throws(() => checkAttributes(pool, { constructor: 'x' }, 'admin-update'), {
      name: 'InvalidParameterException',
    })
  })

  test('are set once and never again when immutable, whoever asks', () => {
    checkAttributes(pool, { ...complete, 'custom:tenant': 'acme' }, 'create')
    for (const mode of ['update', 'admin-update'] as const) {
      for (const value of ['other', '']) {
        assert.throws(
          () => checkAttributes(pool, { 'custom:tenant': value }, mode),
          refused('user.custom:tenant: Attribute cannot be updated. (changing an immutable attribute)'),
        )
      }
    }
  })

  test('never include a sub or identities of the caller’s choice', () => {
    for (const mode of ['create', 'admin-create', 'update', 'admin-update'] as const) {
      for (const name of ['sub', 'identities']) {
        assert.throws(() => checkAttributes(pool, { ...complete, [name]: 'x' }, mode), {
          name: 'InvalidParameterException',
        })
      }
    }
  })

  test('for developers only are refused to users and open to administrators', () => {
    assert.throws(
      () => checkAttributes(pool, { 'dev:custom:plan': 'gold' }, 'update'),
      refused('A client attempted to write unauthorized attribute', 'NotAuthorizedException'),
    )
    checkAttributes(pool, { 'dev:custom:plan': 'gold' }, 'admin-update')
  })

  test('keep to their type and bounds', () => {
    const wrong: Record<string, string>[] = [
      { 'custom:tenant': 'longer' },
      { 'custom:age': 'old' },
      { 'custom:age': '-1' },
      { 'custom:age': '151' },
      { 'custom:since': 'yesterday' },
      { 'custom:staff': 'yes' },
      { birthdate: '1990-1-1' },
      { given_name: 'x'.repeat(2049) },
    ]
    for (const attributes of wrong) {
      assert.throws(
        () => checkAttributes(pool, attributes, 'admin-create'),
        /Attributes did not conform to the schema: /,
      )
    }
    const right = {
      'custom:tenant': 'acme',
      'custom:age': '150',
      'custom:since': '2026-01-01T00:00:00Z',
      'custom:staff': 'true',
      birthdate: '1990-01-01',
    }
    checkAttributes(pool, right, 'admin-create')
  })

  test('cannot lose a required one by an update', () => {
    const sentence =
      /^InvalidParameterException: Invalid user attributes: name: Required attribute cannot be deleted\.$/
    assert.throws(() => checkAttributes(pool, { name: '' }, 'update'), sentence)
    checkAttributes(pool, { nickname: '' }, 'update')
  })

  test('hold addresses and numbers that look like such', () => {
    assert.throws(() => checkAttributes(pool, { email: 'nobody' }, 'update'), refused('Invalid email address format.'))
    assert.throws(
      () => checkAttributes(pool, { phone_number: '5551234' }, 'update'),
      refused('Invalid phone number format.'),
    )
  })
})

test('an e-mail address is one address, with nothing that could add a receiver or a header', () => {
  const right = ['a@b', 'ann@example.com', 'a.b+c@sub.example.co', "o'hara@example.com", 'jörg@bücher.example']
  const wrong = [
    '',
    '@',
    'a@',
    '@b',
    'a b@c.d',
    'a@b c.d',
    'a@b\r\nBcc: x@y.z',
    'a@b,c@d',
    'a@b.c, d@e.f',
    '<a@b.c>',
    'a..b@c.d',
    '.a@b.c',
    'a@-b.c',
    'a@b..c',
    'a@b.c.',
    '"x" <a@b.c>',
    `${'a'.repeat(65)}@b.c`,
    'a@@b.c',
  ]
  for (const value of right) assert.equal(isEmail(value), true, value)
  for (const value of wrong) assert.equal(isEmail(value), false, JSON.stringify(value))
})

test('a long string that is no address is refused without walking over it again and again', () => {
  assert.equal(isEmail(`a@${'a'.repeat(250)}!`), false)
  assert.equal(isEmail(`a@${'a-'.repeat(120)}`), false)
})

test('a phone number is a plus sign and digits, no more', () => {
  for (const value of ['+15555550100', '+442071838750']) assert.equal(isPhoneNumber(value), true, value)
  for (const value of ['15555550100', '+', '+0155', '+1 555', '+1-555', '+1234567890123456', '+1555\n']) {
    assert.equal(isPhoneNumber(value), false, JSON.stringify(value))
  }
})
