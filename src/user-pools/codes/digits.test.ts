import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { randomDigits } from './digits.ts'

test('a code has as many digits as asked for, leading zeros included', () => {
  assert.equal(
    randomDigits(() => Buffer.from([0, 0, 0, 10, 20, 30]), 6),
    '000000',
  )
  assert.match(randomDigits(randomBytes, 8), /^\d{8}$/)
})

test('a byte that would favour a digit is drawn again', () => {
  const draws = [Buffer.from([250, 255, 1]), Buffer.from([251, 2]), Buffer.from([3])]
  assert.equal(
    randomDigits(() => draws.shift() ?? Buffer.alloc(0), 3),
    '123',
  )
})

test('every digit is as likely as any other', () => {
  const counts = Array.from({ length: 10 }, () => 0)
  for (const digit of randomDigits(randomBytes, 100_000)) counts[Number(digit)] = (counts[Number(digit)] ?? 0) + 1
  // Ten thousand each; the standard deviation is 95.
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 700, `${counts}`)
})
