import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Pool } from '../pools/pool.ts'
import { generatePassword } from './generate.ts'
import { checkPassword, requirementsOf } from './policy.ts'
import { onlyAdministrators, recoveryAddress } from './recovery.ts'
import { temporaryEnd } from './set.ts'

const all = {
  MinimumLength: 8,
  RequireLowercase: true,
  RequireUppercase: true,
  RequireNumbers: true,
  RequireSymbols: true,
  TemporaryPasswordValidityDays: 7,
}
const pool = (policy: object = {}, settings: object = {}) =>
  ({ id: 'us-east-1_a', settings: { Policies: { PasswordPolicy: { ...all, ...policy } }, ...settings } }) as Pool

describe('the policy', () => {
  const refuses = (password: string, reason: string, policy = {}) =>
    assert.throws(() => checkPassword(pool(policy), password), {
      name: 'InvalidPasswordException',
      message: `Password did not conform with policy: ${reason}`,
    })

  test('names the first rule that is broken: length, then lower case, upper case, digits, symbols', () => {
    refuses('a', 'Password not long enough')
    refuses('12345678', 'Password must have lowercase characters')
    refuses('abcdefg1', 'Password must have uppercase characters')
    refuses('abcdefgH', 'Password must have numeric characters')
    refuses('abcdefG1', 'Password must have symbol characters')
    checkPassword(pool(), 'abcdeG1!')
  })

  test('knows every symbol of AWS and no other character as one', () => {
    for (const symbol of '^$*.[]{}()?"!@#%&/\\,><\':;|_~`=+-') checkPassword(pool(), `abcdeG1${symbol}`)
    checkPassword(pool(), 'abc deG1')
    refuses('abcdeG1é', 'Password must have symbol characters')
    refuses(' abcdeG1 ', 'Password must have symbol characters')
    refuses('\t \uFEFF abcdeG1 \n', 'Password must have symbol characters')
    checkPassword(pool(), 'abc \n deG1')
  })

  test('gives its rules to whoever checks while somebody types, as patterns that say the same', () => {
    const names = (policy: object) => requirementsOf(pool(policy)).map(({ name }) => name)
    assert.deepEqual(names({}), ['length', 'lower', 'upper', 'number', 'symbol'])
    assert.deepEqual(names({ RequireUppercase: false, RequireSymbols: false }), ['length', 'lower', 'number'])
    const [length] = requirementsOf(pool({ MinimumLength: 8 }))
    assert.equal(length?.pattern.test('1234\n678'), true)
    assert.equal(length?.pattern.test('1234567'), false)
  })

  test('asks only for what it requires', () => {
    checkPassword(
      pool({
        MinimumLength: 6,
        RequireLowercase: false,
        RequireUppercase: false,
        RequireNumbers: false,
        RequireSymbols: false,
      }),
      '      ',
    )
    refuses('abcdef', 'Password not long enough', { MinimumLength: 7 })
  })
})

test('a generated password obeys every policy', () => {
  for (const MinimumLength of [6, 8, 20, 99])
    for (let n = 0; n < 50; n += 1) {
      const password = generatePassword(pool({ MinimumLength }), randomBytes)
      assert.equal(password.length, Math.max(12, MinimumLength))
      checkPassword(pool({ MinimumLength }), password)
    }
})

test('generated passwords use every character about as often as any other', () => {
  const counts = new Map<string, number>()
  for (let n = 0; n < 4_000; n += 1)
    for (const character of generatePassword(pool(), randomBytes).slice(0, 1))
      counts.set(character, (counts.get(character) ?? 0) + 1)
  // Where a character stands is random: the first is of any class.
  for (const group of [/[a-z]/, /[A-Z]/, /[2-9]/, /[^a-zA-Z2-9]/])
    assert.ok(
      [...counts].filter(([character]) => group.test(character)).reduce((sum, [, count]) => sum + count, 0) > 300,
    )
})

test('a temporary password lives as long as the pool says, seven days where it says nothing', () => {
  assert.equal(temporaryEnd(pool({ TemporaryPasswordValidityDays: 2 }), 0), 2 * 86_400_000)
  assert.equal(temporaryEnd(pool({ TemporaryPasswordValidityDays: 0 }), 0), 7 * 86_400_000)
})

describe('recovery', () => {
  const both = {
    attributes: { email: 'a@b.c', email_verified: 'true', phone_number: '+12', phone_number_verified: 'true' },
  }
  const of = (...Names: string[]) =>
    pool(
      {},
      { AccountRecoverySetting: { RecoveryMechanisms: Names.map((Name, index) => ({ Name, Priority: index + 1 })) } },
    )

  const channelOf = (from: Pool, ...second: string[]) => recoveryAddress(from, both, second)?.channel

  test('goes by priority, and by phone first where the pool sets nothing', () => {
    assert.equal(channelOf(of('verified_email', 'verified_phone_number')), 'email')
    assert.equal(channelOf(of('verified_phone_number', 'verified_email')), 'phone_number')
    assert.equal(channelOf(pool()), 'phone_number')
  })

  test('never goes to an address that is unverified or not allowed', () => {
    assert.equal(recoveryAddress(pool(), { attributes: { email: 'a@b.c', email_verified: 'false' } }, []), undefined)
    assert.equal(
      recoveryAddress(of('verified_phone_number'), { attributes: { email: 'a@b.c', email_verified: 'true' } }, []),
      undefined,
    )
  })

  test('passes over what is a second factor of the user’s, where the pool says how accounts are recovered', () => {
    const either = of('verified_email', 'verified_phone_number')
    assert.equal(channelOf(either, 'EMAIL_OTP'), 'phone_number')
    assert.equal(channelOf(either, 'SMS_MFA'), 'email')
    assert.equal(channelOf(either, 'SMS_MFA', 'EMAIL_OTP'), undefined)
    assert.equal(channelOf(pool(), 'SMS_MFA'), 'phone_number')
  })

  test('may be left to administrators', () => {
    assert.equal(onlyAdministrators(of('admin_only')), true)
    assert.equal(onlyAdministrators(pool()), false)
  })
})
