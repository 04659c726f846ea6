import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Algorithm,
  algorithmNames,
  algorithms,
  canBeFull,
  compositeChecksum,
  fullChecksum,
  readClaim,
  readContentMd5,
} from './checksums.ts'

const sumOf = (algorithm: Algorithm, bytes: Uint8Array) => {
  const running = algorithms[algorithm].start()
  running.update(bytes)
  return running.digest()
}

// The check values of the CRC catalogue (https://reveng.sourceforge.io/crc-catalogue/) and of FIPS 180.
const checks: Record<Algorithm, string> = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
}

for (const algorithm of algorithmNames) {
  test(`${algorithm} of the digits one to nine is the published check value`, () => {
    assert.equal(sumOf(algorithm, Buffer.from('123456789')).toString('hex'), checks[algorithm])
  })

  test(`${algorithm} does not depend on how the bytes are cut`, () => {
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 7 + 3) & 0xff))
    const running = algorithms[algorithm].start()
    for (let at = 0, size = 1; at < bytes.length; at += size, size = (size % 23) + 1)
      running.update(bytes.subarray(at, at + size))
    assert.deepEqual(running.digest(), sumOf(algorithm, bytes))
  })

  test(`the checksum of joined parts is the checksum of the whole for ${algorithm}, if it is a CRC`, () => {
    if (!canBeFull(algorithm)) return assert.match(algorithm, /^SHA/)
    const pieces = [Buffer.alloc(70_001, 1), Buffer.from('middle'), Buffer.alloc(123_456, 7)]
    const parts = pieces.map((piece) => ({ sum: sumOf(algorithm, piece).toString('base64'), size: piece.length }))
    assert.equal(fullChecksum(algorithm, parts), sumOf(algorithm, Buffer.concat(pieces)).toString('base64'))
  })
}

test('CRC32C of 32 zero bytes is that of RFC 3720 B.4', () => {
  assert.equal(sumOf('CRC32C', Buffer.alloc(32)).readUInt32LE().toString(16), 'aa36918a')
})

test('CRC32C of the streaming example in the S3 API reference is sOO8/Q==', () => {
  assert.equal(sumOf('CRC32C', Buffer.alloc(66_560, 'a')).toString('base64'), 'sOO8/Q==')
})

test('a composite checksum is the checksum of the raw checksums and the number of parts', () => {
  const sums = [sumOf('SHA256', Buffer.from('a')), sumOf('SHA256', Buffer.from('b'))]
  const parts = sums.map((sum) => ({ sum: sum.toString('base64'), size: 1 }))
  assert.equal(compositeChecksum('SHA256', parts), `${sumOf('SHA256', Buffer.concat(sums)).toString('base64')}-2`)
})

test('a checksum may come in a header or be announced for the trailer, but only one', () => {
  assert.deepEqual(readClaim({ 'x-amz-checksum-crc32': 'y/Q5Jg==' }), {
    algorithm: 'CRC32',
    value: 'y/Q5Jg==',
    inTrailer: false,
  })
  assert.deepEqual(readClaim({ 'x-amz-trailer': 'x-amz-checksum-sha1' }), {
    algorithm: 'SHA1',
    value: undefined,
    inTrailer: true,
  })
  assert.equal(readClaim({}), undefined)
  const both = { 'x-amz-checksum-crc32': 'y/Q5Jg==', 'x-amz-trailer': 'x-amz-checksum-sha1' }
  assert.throws(() => readClaim(both), { code: 'InvalidRequest' })
})

test('a checksum of the wrong length is refused', () => {
  assert.throws(() => readClaim({ 'x-amz-checksum-crc32': 'AAAA' }), { code: 'InvalidRequest' })
  assert.throws(() => readContentMd5('AAAA'), { code: 'InvalidDigest' })
})
