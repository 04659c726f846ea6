import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completeSettings } from '../pools/settings.ts'
import {
  authenticationBy,
  authenticationElsewhere,
  type Level,
  levelOf,
  levelsNamed,
  type Proof,
  proofsIn,
  satisfies,
} from './levels.ts'

const pool = { settings: completeSettings({ AcrConfiguration: { Level3: { AcrValue: 'strong' } } }) }
const lite = { settings: completeSettings({ UserPoolTier: 'LITE' }) }

const rows: readonly [proved: readonly Proof[], level: Level | 0][] = [
  [[], 0],
  [['pwd'], 1],
  [['sms'], 2],
  [['email_otp'], 2],
  [['swk'], 3],
  [['hwk'], 3],
  [['pwd', 'sms'], 3],
  [['email_otp', 'pwd'], 3],
  [['pwd', 'otp'], 4],
  [['pwd', 'otp', 'sms', 'hwk'], 4],
  [['otp'], 0],
]
for (const [proved, level] of rows)
  test(`${proved.join(' and ') || 'nothing'} reaches level ${level}`, () => assert.equal(levelOf(proved), level))

test('tokens name the level as the pool does, the factors in one order, and mfa for two or more', () => {
  assert.deepEqual(authenticationBy(pool, ['pwd']), { acr: 'urn:cognito:loa:1', amr: ['pwd'] })
  assert.deepEqual(authenticationBy(pool, ['sms', 'pwd']), { acr: 'strong', amr: ['pwd', 'sms', 'mfa'] })
})

test('the Lite plan, and what has no name, give no claims', () => {
  assert.equal(authenticationBy(lite, ['pwd']), undefined)
  assert.equal(authenticationBy(pool, []), undefined)
  assert.equal(authenticationElsewhere(lite, { mapping: {} }), undefined)
})

test('another provider’s level is translated; unmapped is the lowest, unknown factors are dropped', () => {
  const mapping = { Level3: 'https://corp/high' }
  assert.deepEqual(authenticationElsewhere(pool, { mapping, acr: 'https://corp/high', amr: ['pwd', 'face', 'mfa'] }), {
    acr: 'strong',
    amr: ['pwd', 'mfa'],
  })
  assert.deepEqual(authenticationElsewhere(pool, { mapping, acr: 'else', amr: ['face'] }), {
    acr: 'urn:cognito:loa:1',
    amr: ['fed'],
  })
})

test('levels are asked for by the pool’s names, best first; others are skipped', () => {
  assert.deepEqual(levelsNamed(pool, 'strong urn:cognito:loa:3 urn:cognito:loa:1'), [3, 1])
  assert.deepEqual(proofsIn(['pwd', 'fed', 'mfa']), ['pwd'])
})

test('a session is enough for a list if it reaches one of its levels', () => {
  assert.equal(satisfies(pool, { acr: 'strong' }, 'urn:cognito:loa:4 urn:cognito:loa:2'), true)
  assert.equal(satisfies(pool, { acr: 'urn:cognito:loa:1' }, 'urn:cognito:loa:4 strong'), false)
  assert.equal(satisfies(pool, {}, 'urn:cognito:loa:1'), false)
  assert.equal(satisfies(pool, {}, 'nobody knows'), true)
})
