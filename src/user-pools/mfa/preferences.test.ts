import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Preferences } from './factors.ts'
import { changePreferences, type Wishes } from './preferences.ts'

const all = ['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP', 'WEB_AUTHN'] as const
const none: Preferences = { enabled: [], preferred: undefined }
const both: Preferences = { enabled: ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'], preferred: 'SMS_MFA' }

const rows: readonly [rule: string, before: Preferences, wishes: Wishes, after: Preferences][] = [
  ['what is not named stays', both, {}, both],
  ['a factor is switched on', none, { EMAIL_OTP: { Enabled: true } }, { enabled: ['EMAIL_OTP'], preferred: undefined }],
  [
    'preferring a factor switches it on',
    none,
    { SMS_MFA: { PreferredMfa: true } },
    { enabled: ['SMS_MFA'], preferred: 'SMS_MFA' },
  ],
  [
    'the newly preferred factor takes the place of the former',
    both,
    { SOFTWARE_TOKEN_MFA: { PreferredMfa: true } },
    { ...both, preferred: 'SOFTWARE_TOKEN_MFA' },
  ],
  [
    'a factor that is switched off is preferred no more',
    both,
    { SMS_MFA: { Enabled: false } },
    { enabled: ['SOFTWARE_TOKEN_MFA'], preferred: undefined },
  ],
  ['a preference is taken back', both, { SMS_MFA: { PreferredMfa: false } }, { ...both, preferred: undefined }],
  [
    'taking back a preference that is not there leaves the other',
    both,
    { SOFTWARE_TOKEN_MFA: { PreferredMfa: false } },
    both,
  ],
  ['an empty wish changes nothing', both, { SMS_MFA: {} }, both],
]

for (const [rule, before, wishes, after] of rows) {
  test(rule, () => assert.deepEqual(changePreferences(before, wishes, all), after))
}

test('what cannot reach the user is switched off, but never on', () => {
  assert.deepEqual(changePreferences(both, { SMS_MFA: { Enabled: false } }, []).enabled, ['SOFTWARE_TOKEN_MFA'])
  const message = 'User does not have delivery config set to turn on SMS_MFA'
  for (const wish of [{ Enabled: true }, { PreferredMfa: true }]) {
    assert.throws(() => changePreferences(none, { SMS_MFA: wish }, ['EMAIL_OTP']), {
      name: 'InvalidParameterException',
      message,
    })
  }
})
