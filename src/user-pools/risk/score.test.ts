import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Caller, judge, type Known, kilometres, type Level, type Past, type Reason } from './score.ts'

const minute = 60_000
const day = 24 * 60 * minute
const now = 100 * day

const me: Caller = { at: now, network: '8.8.8.8', device: 'laptop', place: undefined }
const before = (ago: number, more: Partial<Past> = {}): Past => ({
  ...me,
  ...{ at: now - ago, passed: true, feedback: undefined },
  ...more,
})
const failures = (count: number) => Array.from({ length: count }, (_, n) => before((n + 1) * minute, { passed: false }))
const berlin = { latitude: 52.5, longitude: 13.4 }
const sydney = { latitude: -33.9, longitude: 151.2 }
const potsdam = { latitude: 52.4, longitude: 13.06 }

type Row = [rule: string, caller: Partial<Caller>, known: Partial<Known>, level: Level | undefined, reasons: Reason[]]

const rows: Row[] = [
  ['the first sign-in is like no other and no risk', {}, {}, undefined, []],
  ['a known device at a known address is no risk', {}, { history: [before(day)] }, undefined, []],
  ['a new address alone is low', { network: '1.1.1.1' }, { history: [before(day)] }, 'Low', ['new-network']],
  ['a new device alone is low', { device: 'phone' }, { history: [before(day)] }, 'Low', ['new-device']],
  [
    'a new device at a new address is medium',
    { device: 'phone', network: '1.1.1.1' },
    { history: [before(day)] },
    'Medium',
    ['new-device', 'new-network'],
  ],
  [
    'a device is not known by failed attempts',
    { device: 'phone' },
    { history: [before(2 * day, { device: 'phone', passed: false }), before(day)] },
    'Low',
    ['new-device'],
  ],
  [
    'what the user said was theirs makes a device known, even if it was refused',
    { device: 'phone' },
    { history: [before(day, { device: 'phone', passed: false, feedback: 'Valid' }), before(day)] },
    undefined,
    [],
  ],
  [
    'a device that the user said was not theirs is high',
    { device: 'phone' },
    { history: [before(day, { device: 'phone', feedback: 'Invalid', network: '1.1.1.1' }), before(day)] },
    'High',
    ['device-was-reported'],
  ],
  ['three failures before are a person', {}, { history: [...failures(3), before(day)] }, undefined, []],
  ['four failures in an hour are low', {}, { history: [...failures(4), before(day)] }, 'Low', ['failures-of-user']],
  [
    'ten failures in an hour are medium, and count once',
    {},
    { history: [...failures(10), before(day)] },
    'Medium',
    ['many-failures-of-user'],
  ],
  [
    'old failures are forgotten',
    {},
    { history: [...failures(10).map((one) => ({ ...one, at: one.at - day })), before(day)] },
    undefined,
    [],
  ],
  [
    'failures of a whole network are low',
    {},
    { failuresOfNetwork: 20, usersOfNetwork: 1 },
    'Low',
    ['failures-of-network'],
  ],
  [
    'a network that tries many users is medium',
    {},
    { failuresOfNetwork: 30, usersOfNetwork: 20 },
    'Medium',
    ['many-users-of-network'],
  ],
  [
    'many failures at a new device of a new network are high',
    { device: 'phone', network: '1.1.1.1' },
    { history: [...failures(10), before(day)] },
    'High',
    ['new-device', 'new-network', 'many-failures-of-user'],
  ],
  [
    'from Berlin to Sydney in an hour is impossible',
    { place: sydney },
    { history: [before(60 * minute, { place: berlin })] },
    'Medium',
    ['impossible-distance'],
  ],
  [
    'from Berlin to Sydney in a day is a flight',
    { place: sydney },
    { history: [before(day, { place: berlin })] },
    undefined,
    [],
  ],
  [
    'a neighbouring town is no distance',
    { place: potsdam },
    { history: [before(1, { place: berlin })] },
    undefined,
    [],
  ],
  ['without locations no distance is impossible', { place: sydney }, { history: [before(1)] }, undefined, []],
]

describe('how risky a sign-in is', () => {
  for (const [rule, caller, known, level, reasons] of rows) {
    test(rule, () => {
      const judged = judge({ ...me, ...caller }, { history: [], failuresOfNetwork: 0, usersOfNetwork: 0, ...known })
      assert.deepEqual([judged.level, judged.reasons], [level, reasons])
    })
  }
})

test('distances are those of the globe', () => {
  assert.equal(Math.round(kilometres(berlin, sydney) / 100), 161)
  assert.equal(kilometres(berlin, berlin), 0)
})
