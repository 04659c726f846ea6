import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Decision, decide, type Facts } from './decision.ts'
import { type Factor, poolFactors, reachable, recoveryFactor } from './factors.ts'

const sms: Factor = 'SMS_MFA'
const app: Factor = 'SOFTWARE_TOKEN_MFA'
const mail: Factor = 'EMAIL_OTP'
const all = [sms, app, mail]

const bare: Facts = {
  mode: 'ON',
  on: all,
  reachable: [],
  enabled: [],
  preferred: undefined,
  recovery: undefined,
}
const answer = (factor: Factor): Decision => ({ need: 'answer', factor })

const rows: readonly [rule: string, facts: Partial<Facts>, expected: Decision][] = [
  ['MFA off asks nobody', { mode: 'OFF', reachable: all, enabled: all, preferred: app }, { need: 'nothing' }],
  ['optional MFA asks nobody without a factor', { mode: 'OPTIONAL', reachable: [sms, mail] }, { need: 'nothing' }],
  [
    'optional MFA does not count a factor that the pool has off or that cannot reach the user',
    { mode: 'OPTIONAL', on: [sms], reachable: [], enabled: [sms, app], preferred: app },
    { need: 'nothing' },
  ],
  ['optional MFA asks for the only factor', { mode: 'OPTIONAL', reachable: all, enabled: [mail] }, answer(mail)],
  [
    'optional MFA lets one choose among those that were switched on',
    { mode: 'OPTIONAL', reachable: all, enabled: [sms, app] },
    { need: 'choice', among: [sms, app] },
  ],
  [
    'optional MFA asks for the preferred factor',
    { mode: 'OPTIONAL', reachable: all, enabled: all, preferred: app },
    answer(app),
  ],
  [
    'a preference that was switched off counts for nothing',
    { mode: 'OPTIONAL', reachable: all, enabled: [sms], preferred: app },
    answer(sms),
  ],
  ['required MFA asks for the preferred factor', { reachable: all, preferred: mail }, answer(mail)],
  [
    'a preferred factor serves even if it recovers the account, too',
    { reachable: all, preferred: mail, recovery: mail },
    answer(mail),
  ],
  ['required, an app and no other way: the app', { reachable: [app] }, answer(app)],
  ['required, an app and a message: choose', { reachable: [app, mail] }, { need: 'choice', among: [app, mail] }],
  ['required, no app, one message: that', { reachable: [sms] }, answer(sms)],
  ['required, no app, two messages: choose', { reachable: [sms, mail] }, { need: 'choice', among: [sms, mail] }],
  [
    'the first way to recover the account is no second factor by itself',
    { reachable: [sms, mail], recovery: mail },
    answer(sms),
  ],
  ['required, with the app and the recovery address: the app', { reachable: [app, mail], recovery: mail }, answer(app)],
  ['required, nothing there: set up', {}, { need: 'set-up', among: all }],
  [
    'the recovery channel is not offered to be set up',
    { reachable: [mail], recovery: mail },
    { need: 'set-up', among: [sms, app] },
  ],
  ['required, and a phone number is all that could help: impossible', { on: [sms] }, { need: 'impossible' }],
  [
    'required, and only the recovery channel is on: impossible',
    { on: [mail], reachable: [mail], recovery: mail },
    { need: 'impossible' },
  ],
]

describe('the second factor of a sign-in', () => {
  for (const [rule, facts, expected] of rows) {
    test(rule, () => assert.deepEqual(decide({ ...bare, ...facts }), expected))
  }
})

describe('factors', () => {
  type Settings = Parameters<typeof poolFactors>[0]
  const pool = (settings: object) => ({ settings }) as Settings

  test('are on as the pool says', () => {
    assert.deepEqual(poolFactors(pool({})), [])
    assert.deepEqual(poolFactors(pool({ SoftwareTokenMfaConfiguration: { Enabled: false } })), [])
    const on = { SmsConfiguration: {}, SoftwareTokenMfaConfiguration: { Enabled: true }, EmailMfaConfiguration: {} }
    assert.deepEqual(poolFactors(pool(on)), all)
  })

  test('reach a user by what the user has', () => {
    const on = pool({ SmsConfiguration: {}, SoftwareTokenMfaConfiguration: { Enabled: true } })
    assert.deepEqual(reachable(on, { attributes: { email: 'a@b.c' } }, false), [])
    assert.deepEqual(reachable(on, { attributes: { phone_number: '+1' } }, true), [sms, app])
  })

  test('the first recovery mechanism is the one of the highest priority', () => {
    const recovery = (...RecoveryMechanisms: object[]) =>
      recoveryFactor(pool({ AccountRecoverySetting: { RecoveryMechanisms } }))
    assert.equal(recoveryFactor(pool({})), undefined)
    assert.equal(recovery({ Name: 'admin_only', Priority: 1 }), undefined)
    assert.equal(
      recovery({ Name: 'verified_phone_number', Priority: 2 }, { Name: 'verified_email', Priority: 1 }),
      mail,
    )
    assert.equal(recovery({ Name: 'verified_phone_number', Priority: 1 }), sms)
  })
})
