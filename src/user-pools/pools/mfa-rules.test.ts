import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkFirstFactors, isRelyingPartyId } from './mfa-rules.ts'
import type { PoolSettings } from './pool.ts'

test('a relying party is a domain and nothing else', () => {
  for (const id of ['localhost', 'example.com', 'login.example.co.uk', 'xn--bcher-kva.example', 'a-b.example'])
    assert.equal(isRelyingPartyId(id), true, id)
  for (const id of [
    '',
    'com',
    'Example.com',
    'bücher.example',
    'example.com.',
    '.example.com',
    'a..b.example',
    'https://example.com',
    'example.com/path',
    'example.com:443',
    '*.example.com',
    '127.0.0.1',
    '[::1]',
    '0x7f.1',
    '-a.example',
    `${'a'.repeat(64)}.example`,
  ])
    assert.equal(isRelyingPartyId(id), false, id)
})

const settings = (factors: string[], MfaConfiguration: string) =>
  ({ MfaConfiguration, Policies: { SignInPolicy: { AllowedFirstAuthFactors: factors } } }) as unknown as PoolSettings
const refused = { name: 'InvalidParameterException' }

test('codes are no first factor where a second one is required: they would be the only one', () => {
  checkFirstFactors(settings(['PASSWORD', 'EMAIL_OTP', 'SMS_OTP'], 'OPTIONAL'))
  checkFirstFactors(settings(['PASSWORD', 'WEB_AUTHN'], 'ON'))
  for (const code of ['EMAIL_OTP', 'SMS_OTP'])
    assert.throws(() => checkFirstFactors(settings(['PASSWORD', code], 'ON')), refused)
})

test('a password is always a way in, and an app no first one', () => {
  for (const factors of [['WEB_AUTHN'], ['EMAIL_OTP', 'SMS_OTP']])
    assert.throws(() => checkFirstFactors(settings(factors, 'OFF')), {
      ...refused,
      message: 'Password should be configured as one of the allowed first auth factors.',
    })
  assert.throws(() => checkFirstFactors(settings(['PASSWORD', 'SOFTWARE_TOKEN'], 'OFF')), refused)
})
