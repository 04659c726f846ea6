import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hotp, matchingStep, stepAt, totp } from './totp.ts'

const key = (length: number) => Buffer.from('1234567890'.repeat(7).slice(0, length))

test('the vectors of RFC 4226, appendix D', () => {
  const codes = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ')
  codes.forEach((code, counter) => {
    assert.equal(hotp(key(20), counter), code)
  })
})

// RFC 6238, appendix B: seconds, then the codes for SHA-1, SHA-256 and SHA-512.
const vectors: readonly [number, string, string, string][] = [
  [59, '94287082', '46119246', '90693936'],
  [1111111109, '07081804', '68084774', '25091201'],
  [1111111111, '14050471', '67062674', '99943326'],
  [1234567890, '89005924', '91819424', '93441116'],
  [2000000000, '69279037', '90698825', '38618901'],
  [20000000000, '65353130', '77737706', '47863826'],
]

test('the vectors of RFC 6238, appendix B', () => {
  for (const [seconds, sha1, sha256, sha512] of vectors) {
    const now = seconds * 1000
    assert.equal(totp(key(20), now, { digits: 8 }), sha1)
    assert.equal(totp(key(32), now, { digits: 8, algorithm: 'sha256' }), sha256)
    assert.equal(totp(key(64), now, { digits: 8, algorithm: 'sha512' }), sha512)
  }
})

test('a code is recognised in its own step, the one before and the one after, and says which it belongs to', () => {
  const now = 1_700_000_000_000
  const code = totp(key(20), now)
  const own = stepAt(now)
  for (const [shift, expected] of [
    [-60, undefined],
    [-30, own],
    [0, own],
    [30, own],
    [60, undefined],
  ] as const) {
    assert.equal(matchingStep(key(20), code, now + shift * 1000), expected, `${shift}`)
  }
})

test('a padded, spaced or shortened code is no code (case 49)', () => {
  const now = 59_000
  const code = totp(key(20), now)
  assert.equal(matchingStep(key(20), code, now), 1)
  for (const wrong of [`0${code}`, ` ${code}`, `${code} `, code.slice(1), `${code}\n`, '', '１２３４５６'])
    assert.equal(matchingStep(key(20), wrong, now), undefined, JSON.stringify(wrong))
})

test('there are no steps before the epoch', () => {
  assert.equal(matchingStep(key(20), totp(key(20), 0), 0), 0)
})
