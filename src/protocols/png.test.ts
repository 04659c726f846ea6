import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inflateSync } from 'node:zlib'
import { pngOfSquares } from './png.ts'

test('a picture has the size, the checks and the pixels of its squares', () => {
  const png = pngOfSquares(
    [
      [true, false],
      [false, true],
    ],
    5,
  )
  assert.equal(png.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n')
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]], [10, 10, 1, 0])
  const length = png.readUInt32BE(33)
  const lines = inflateSync(png.subarray(41, 41 + length))
  assert.deepEqual([...lines.subarray(0, 3)], [0, 0b00000111, 0xff])
  assert.deepEqual([...lines.subarray(27, 30)], [0, 0b11111000, 0b00111111])
  assert.equal(lines.length, 30)
})
