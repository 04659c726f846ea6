import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { World } from '../../world.ts'
import type { Pool, PoolSettings, SchemaAttribute } from '../pools/pool.ts'
import { completeSchema } from '../pools/schema.ts'
import { completeSettings } from '../pools/settings.ts'
import { csvHeader, readHeader } from './columns.ts'
import { messages } from './job.ts'
import { readRow, reasons } from './row.ts'

const world = { random: (bytes: number) => randomBytes(bytes), now: () => 1_795_000_000_000 } as World

const poolWith = (settings: Partial<PoolSettings> = {}, own: SchemaAttribute[] = []): Pool => ({
  id: 'us-east-1_rows',
  region: 'us-east-1',
  name: 'rows',
  createdAt: 1,
  modifiedAt: 1,
  settings: { ...completeSettings({}), AutoVerifiedAttributes: ['email'], ...settings },
  schema: completeSchema(own),
})

const custom = (Name: string, more: Partial<SchemaAttribute> = {}): SchemaAttribute => ({
  Name,
  AttributeDataType: 'String',
  DeveloperOnlyAttribute: false,
  Mutable: true,
  Required: false,
  StringAttributeConstraints: { MinLength: '0', MaxLength: '5' },
  ...more,
})

const plain = poolWith()
const verified = { 'cognito:username': 'ann', email: 'ann@b.c', email_verified: 'TRUE' }

/** The row of these values below the pool's own header. */
function read(values: Record<string, string>, pool = plain, algorithm?: Parameters<typeof readRow>[3]) {
  const columns = csvHeader(pool)
  const text = columns.map((name) => (values[name] ?? '').replaceAll(',', '\\,')).join(',')
  return readRow(world, pool, columns, algorithm, text)
}

const refused = (reason: string, values: Record<string, string>, ...more: [Pool?, Parameters<typeof readRow>[3]?]) =>
  assert.deepEqual(read(values, ...more), { reason })

const userOf = (...asked: Parameters<typeof read>) => {
  const row = read(...asked)
  return 'user' in row ? row.user : assert.fail(row.reason)
}

describe('the header', () => {
  test("of a pool is AWS's sample, with the pool's own attributes", () => {
    assert.deepEqual(
      csvHeader(poolWith({}, [custom('custom:team')])).join(),
      [
        'name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,website,email,email_verified',
        'gender,birthdate,zoneinfo,locale,phone_number,phone_number_verified,address,updated_at,custom:team',
        'cognito:mfa_enabled,cognito:username,password_hash',
      ].join(),
    )
  })

  test('may have its columns in any order, and lack password_hash', () => {
    const columns = csvHeader(plain)
      .toReversed()
      .filter((name) => name !== 'password_hash')
    assert.deepEqual(readHeader(plain, columns.join(' , '), undefined), { columns })
  })

  test('that lacks a column, has one twice or an unknown one is refused', () => {
    const header = csvHeader(plain)
    for (const columns of [header.slice(1), [...header, 'name'], [...header, 'custom:nobody'], ['']])
      assert.deepEqual(readHeader(plain, columns.join(), undefined), { message: messages.wrongHeader })
  })

  test('with a byte order mark is refused', () => {
    assert.deepEqual(readHeader(plain, `\ufeff${csvHeader(plain).join()}`, undefined), {
      message: messages.byteOrderMark,
    })
  })

  test("of a job with hashes needs password_hash and is else as short as in AWS's sample", () => {
    const short = 'cognito:username,email,email_verified,phone_number,phone_number_verified,password_hash'
    assert.deepEqual(readHeader(plain, short, 'BCRYPT'), { columns: short.split(',') })
    assert.deepEqual(readHeader(plain, short, undefined), { message: messages.wrongHeader })
    const without = csvHeader(plain).filter((name) => name !== 'password_hash')
    assert.deepEqual(readHeader(plain, without.join(), 'BCRYPT'), { message: messages.noHashColumn })
  })
})

describe('a row', () => {
  test('becomes a user who must reset their password', () => {
    const user = userOf({
      ...verified,
      name: 'Ann, Example',
      birthdate: '02/29/2024',
      updated_at: '1471453471',
      phone_number: '+12345550100',
    })
    const { sub, ...attributes } = user.attributes
    assert.match(sub ?? '', /^[0-9a-f-]{36}$/)
    assert.deepEqual(attributes, {
      name: 'Ann, Example',
      email: 'ann@b.c',
      email_verified: 'true',
      birthdate: '02/29/2024',
      phone_number: '+12345550100',
      phone_number_verified: 'false',
      updated_at: '1471453471',
    })
    assert.deepEqual(
      [user.username, user.status, user.enabled, user.hasPassword],
      ['ann', 'RESET_REQUIRED', true, false],
    )
    assert.equal(user.createdAt, world.now())
  })

  test('with more or fewer values than the header is refused', () => {
    const columns = csvHeader(plain)
    const wanted = columns.length
    assert.deepEqual(readRow(world, plain, columns, undefined, 'ann,x'), { reason: reasons.values(2, wanted) })
    assert.deepEqual(readRow(world, plain, columns, undefined, ','.repeat(wanted)), {
      reason: reasons.values(wanted + 1, wanted),
    })
  })

  test('needs a username without spaces, of the form the pool asks for', () => {
    refused(reasons.username, { ...verified, 'cognito:username': ' ' })
    for (const username of ['an n', 'an\tn', 'a'.repeat(129)])
      refused(reasons.usernameForm, { ...verified, 'cognito:username': username })
    const byEmail = poolWith({ UsernameAttributes: ['email'] })
    refused('Username should be an email.', verified, byEmail)
    const user = userOf({ 'cognito:username': 'ann@b.c', email_verified: 'true' }, byEmail)
    assert.equal(user.username, user.sub)
    assert.equal(user.attributes['email'], 'ann@b.c')
  })

  test('needs a verified address among those that the pool verifies', () => {
    for (const flag of ['', 'FALSE']) refused(reasons.unverified, { ...verified, email_verified: flag })
    refused(reasons.required('email'), { 'cognito:username': 'ann', email_verified: 'TRUE' })
    const phone = { phone_number: '+12345550100', phone_number_verified: 'True' }
    refused(reasons.unverified, { 'cognito:username': 'ann', ...phone })
    userOf({ 'cognito:username': 'ann', ...phone }, poolWith({ AutoVerifiedAttributes: ['email', 'phone_number'] }))
    refused(reasons.unverified, verified, poolWith({ AutoVerifiedAttributes: ['phone_number'] }))
  })

  test('must fit the schema, and have what the pool requires', () => {
    const pool = poolWith({}, [custom('custom:team'), { ...custom('family_name'), Required: true }])
    refused(reasons.required('family_name'), verified, pool)
    refused(
      'Attributes did not conform to the schema: custom:team: String must be no longer than 5 characters',
      { ...verified, family_name: 'x', 'custom:team': 'too long' },
      pool,
    )
    assert.equal(userOf({ ...verified, family_name: 'x', 'custom:team': 'red' }, pool).attributes['custom:team'], 'red')
    refused('Invalid email address format.', { ...verified, email: 'nobody' })
    refused('Invalid phone number format.', { ...verified, phone_number: '12345' })
    refused('Attributes did not conform to the schema: email_verified: Value must be true or false', {
      ...verified,
      email_verified: 'yes',
    })
  })

  test('has its dates as AWS writes them', () => {
    for (const birthdate of ['1985-02-01', '2/1/1985', '02/30/1985', '13/01/1985'])
      refused(reasons.birthdate, { ...verified, birthdate })
    for (const updated_at of ['2020-01-01', '-1', '1e9']) refused(reasons.updatedAt, { ...verified, updated_at })
  })

  test("says of MFA what the pool's setting allows", () => {
    const outcomes = (MfaConfiguration: PoolSettings['MfaConfiguration']) =>
      ['', 'true', 'FALSE', 'maybe'].map((given) => {
        const email = { EmailMfaConfiguration: { Message: '{####}', Subject: 'code' } }
        const row = read({ ...verified, 'cognito:mfa_enabled': given }, poolWith({ MfaConfiguration, ...email }))
        return 'reason' in row ? row.reason : row.mfa ? 'user with MFA' : 'user'
      })
    assert.deepEqual(outcomes('OFF'), ['user', reasons.mfaOff, 'user', reasons.mfa])
    assert.deepEqual(outcomes('ON'), ['user', 'user', reasons.mfaRequired, reasons.mfa])
    assert.deepEqual(outcomes('OPTIONAL'), ['user', 'user with MFA', 'user', reasons.mfa])
    const appsOnly = poolWith({ MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: true } })
    refused(reasons.mfaUnreachable, { ...verified, 'cognito:mfa_enabled': 'true' }, appsOnly)
  })

  test('with a hash is a confirmed user; without one they reset their password', () => {
    const hash = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
    const row = read({ ...verified, password_hash: hash }, plain, 'ARGON2ID')
    assert.ok('user' in row)
    assert.deepEqual([row.hash, row.user.status, row.user.hasPassword], [hash, 'CONFIRMED', true])
    assert.equal(userOf(verified, plain, 'ARGON2ID').status, 'RESET_REQUIRED')
    refused(reasons.malformed, { ...verified, password_hash: hash }, plain, 'BCRYPT')
    refused(reasons.malformed, { ...verified, password_hash: 'Passw0rd!' }, plain, 'ARGON2ID')
    refused(reasons['too-costly'], { ...verified, password_hash: hash.replace('m=256', 'm=19457') }, plain, 'ARGON2ID')
    refused(reasons.noAlgorithm, { ...verified, password_hash: hash })
  })

  test('of a user with an address for an allowed one-time password is a confirmed user', () => {
    const policies = (factors: ('PASSWORD' | 'EMAIL_OTP' | 'SMS_OTP')[]) =>
      poolWith({
        Policies: {
          ...completeSettings({}).Policies,
          SignInPolicy: { AllowedFirstAuthFactors: factors },
        },
      })
    assert.equal(userOf(verified, policies(['PASSWORD', 'EMAIL_OTP'])).status, 'CONFIRMED')
    assert.equal(userOf(verified, policies(['PASSWORD', 'SMS_OTP'])).status, 'RESET_REQUIRED')
  })

  test('that is refused never says whose it was', () => {
    const secret = 'only-ann-knows'
    for (const name of csvHeader(plain)) {
      const row = read({ ...verified, [name]: `${secret} ` }, plain, 'BCRYPT')
      if ('reason' in row) assert.ok(!row.reason.includes(secret), row.reason)
    }
  })
})
