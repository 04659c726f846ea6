import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FirstFactor, type FirstFacts, firstFactors } from './first-factors.ts'

const everything: FirstFacts = {
  allowed: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'],
  secondFactor: false,
  mustChangePassword: false,
  hasPassword: true,
  hasEmail: true,
  hasPhone: true,
  hasPasskey: true,
  passkeyStandsForBoth: false,
}
const passwords: FirstFactor[] = ['PASSWORD_SRP', 'PASSWORD']

const rows: readonly [rule: string, facts: Partial<FirstFacts>, expected: FirstFactor[]][] = [
  ['a user with everything may choose', {}, [...passwords, 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN']],
  ['what the pool does not allow is not offered', { allowed: ['PASSWORD', 'SMS_OTP'] }, [...passwords, 'SMS_OTP']],
  ['what the user lacks is not offered', { hasPassword: false, hasPhone: false, hasPasskey: false }, ['EMAIL_OTP']],
  ['who needs a second factor begins with a password', { secondFactor: true }, passwords],
  [
    'unless the passkey stands for both',
    { secondFactor: true, passkeyStandsForBoth: true },
    [...passwords, 'WEB_AUTHN'],
  ],
  ['a temporary password must be used and replaced', { mustChangePassword: true }, passwords],
]

for (const [rule, facts, expected] of rows) {
  test(rule, () => assert.deepEqual(firstFactors({ ...everything, ...facts }), expected))
}
