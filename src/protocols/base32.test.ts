import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { fromBase32, toBase32 } from './base32.ts'

// RFC 4648 section 10.
const vectors: readonly [string, string][] = [
  ['', ''],
  ['f', 'MY======'],
  ['fo', 'MZXQ===='],
  ['foo', 'MZXW6==='],
  ['foob', 'MZXW6YQ='],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI======'],
]

test('the vectors of RFC 4648, written without their padding and read with or without it', () => {
  for (const [plain, coded] of vectors) {
    const bare = coded.replaceAll('=', '')
    assert.equal(toBase32(Buffer.from(plain)), bare)
    assert.equal(fromBase32(coded)?.toString(), plain)
    assert.equal(fromBase32(bare)?.toString(), plain)
  }
})

test('any bytes come back', () => {
  for (let length = 0; length < 70; length += 1) {
    const bytes = randomBytes(length)
    assert.deepEqual(fromBase32(toBase32(bytes)), bytes)
  }
})

test('what is no base32 is not read', () => {
  for (const text of ['1', 'A', 'ABC', 'mzxw6===', 'MZXW 6', 'MZ0W6', 'MZ', 'M=ZXW6']) {
    assert.equal(fromBase32(text), undefined, text)
  }
})
