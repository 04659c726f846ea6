import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { checkInput } from './check.ts'
import { AwsError } from './errors.ts'
import { mask } from './mask.ts'
import { model } from './model.ts'
import { jsonLeaves, project, xmlLeaves } from './project.ts'

const idp = model('cognito-idp')
const check = (shape: string, value: unknown) => checkInput(idp, shape, value, 'InvalidParameterException')
const refusal = (shape: string, value: unknown): string => {
  try {
    check(shape, value)
  } catch (error) {
    assert.ok(error instanceof AwsError)
    return `${error.code}: ${error.message}`
  }
  return 'accepted'
}

describe('a broken limit', () => {
  test('of a long list is found without a look at all of it', () => {
    let looked = 0
    const item = {
      get Name() {
        return String(++looked)
      },
    }
    const tags = { Tags: Array.from({ length: 10_000 }, () => item) }
    assert.throws(() => checkInput(model('sts'), 'AssumeRoleRequest', tags, 'ValidationError'), AwsError)
    const attributes = {
      UserAttributes: Array.from({ length: 10_000 }, () => ({
        get Name() {
          return String(++looked) && ''
        },
      })),
    }
    refusal('SignUpRequest', attributes)
    assert.ok(looked < 100, `${looked} items`)
  })

  test('of a map shows a few of its entries', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`${'k'.repeat(200)}${index}`, 'v']))
    assert.doesNotMatch(refusal('UpdateTermsRequest', { Links: many }), /k20=/)
  })

  test('names the missing member', () => {
    assert.equal(
      refusal('ListUserPoolsRequest', {}),
      "InvalidParameterException: 1 validation error detected: Value null at 'maxResults' failed to satisfy constraint: Member must not be null",
    )
  })

  test('of a secret member leaves the value out', () => {
    assert.equal(
      refusal('AdminGetUserRequest', { UserPoolId: 'us-east-1_a', Username: 'x'.repeat(129) }),
      "InvalidParameterException: 1 validation error detected: Value at 'username' failed to satisfy constraint: Member must have length less than or equal to 128",
    )
  })

  test('is one of several, all told at once', () => {
    assert.equal(
      refusal('DescribeUserPoolClientRequest', { UserPoolId: 'no pool' }),
      "InvalidParameterException: 2 validation errors detected: Value 'no pool' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+; Value at 'clientId' failed to satisfy constraint: Member must not be null",
    )
  })

  test('is met by U+0000 even where no pattern forbids it, because no database can look for it', () => {
    assert.match(
      refusal('GetUserPoolSessionConfigurationRequest', { UserPoolId: 'a\0b' }),
      /^InvalidParameterException: 1 validation error detected: Value 'a\0b' at 'userPoolId' failed to satisfy constraint: /,
    )
  })

  test('inside a list is named by its place, counted from one', () => {
    assert.match(
      refusal('CreateUserPoolRequest', { PoolName: 'p', Schema: [{ Name: 'ok' }, { Name: 'x'.repeat(21) }] }),
      /at 'schema\.2\.member\.name' failed to satisfy constraint: Member must have length less than or equal to 20$/,
    )
  })

  test('of an enumeration lists what is allowed', () => {
    assert.match(
      refusal('CreateUserPoolRequest', { PoolName: 'p', MfaConfiguration: 'MAYBE' }),
      /Value 'MAYBE' at 'mfaConfiguration' failed to satisfy constraint: Member must satisfy enum value set: \[OFF, ON, OPTIONAL\]$/,
    )
  })

  test('of a number gives the bound', () => {
    assert.match(
      refusal('ListUserPoolsRequest', { MaxResults: 61 }),
      /Member must have value less than or equal to 60$/,
    )
  })
})

describe('a wrong type', () => {
  for (const [value, sentence] of [
    [7, 'NUMBER_VALUE can not be converted to a String'],
    [true, 'TRUE_VALUE can not be converted to a String'],
    [[], 'Start of list found where not expected'],
    [{}, 'Start of structure or map found where not expected.'],
  ] as const) {
    test(`${JSON.stringify(value)} where a string belongs is a SerializationException`, () => {
      assert.equal(refusal('DeleteUserPoolRequest', { UserPoolId: value }), `SerializationException: ${sentence}`)
    })
  }

  test('a string where a number belongs is a SerializationException', () => {
    assert.match(
      refusal('ListUserPoolsRequest', { MaxResults: '1' }),
      /^SerializationException: STRING_VALUE can not be converted to an Integer/,
    )
  })

  test('a fraction where an integer belongs is a SerializationException', () => {
    assert.match(refusal('ListUserPoolsRequest', { MaxResults: 1.5 }), /^SerializationException/)
  })
})

test('what the model does not name is dropped, and null counts as absent', () => {
  assert.deepEqual(check('ListUserPoolsRequest', { MaxResults: 1, Extra: 'x', NextToken: null }), { MaxResults: 1 })
})

test('no input makes the checker fail with anything but a refusal', () => {
  const shapes = Object.values(idp.operations).flatMap((operation) => operation.input ?? [])
  fc.assert(
    fc.property(fc.constantFrom(...shapes), fc.jsonValue(), (shape, value) => {
      refusal(shape, value)
    }),
    { numRuns: 3000 },
  )
})

test('an answer holds what its shape names and nothing else', () => {
  const row = {
    Username: 'ann',
    UserCreateDate: new Date(1_500),
    password_hash: '$argon2id$…',
    Attributes: [{ Name: 'email', Value: 'a@b.c', extra: 1 }],
  }
  assert.deepEqual(project(idp, 'UserType', row, jsonLeaves), {
    Username: 'ann',
    Attributes: [{ Name: 'email', Value: 'a@b.c' }],
    UserCreateDate: 1.5,
  })
  assert.equal(
    (project(idp, 'UserType', row, xmlLeaves) as { UserCreateDate: string }).UserCreateDate,
    '1970-01-01T00:00:01Z',
  )
})

test('the log shows neither passwords nor codes nor tokens nor attribute values', () => {
  const shown = JSON.stringify([
    mask(idp, 'SignUpRequest', {
      ClientId: 'abc123',
      Username: 'ann',
      Password: 'Secret-1',
      UserAttributes: [{ Name: 'email', Value: 'ann@x.y' }],
    }),
    mask(idp, 'ConfirmSignUpRequest', { ClientId: 'abc123', Username: 'ann', ConfirmationCode: '123456' }),
    mask(idp, 'InitiateAuthRequest', {
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ann', PASSWORD: 'Secret-1' },
    }),
    mask(idp, 'GetUserRequest', { AccessToken: 'eyJ.secret.x' }),
  ])
  for (const secret of ['Secret-1', 'ann@x.y', '123456', 'eyJ', '"ann"']) assert.ok(!shown.includes(secret), secret)
  assert.ok(shown.includes('USER_PASSWORD_AUTH'))
})
