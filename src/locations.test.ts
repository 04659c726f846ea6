import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLocations } from './locations.ts'

const locate = readLocations(
  [
    '# network,latitude,longitude,city,country',
    '8.8.0.0/16,37.4,-122.1,Mountain View,United States',
    '8.8.4.0/24,52.5,13.4,Berlin,Germany',
    '2a00:1450::/32,47.4,8.5,Zürich,Switzerland',
    '',
  ].join('\r\n'),
)

test('the narrowest network that holds an address says where it is', () => {
  assert.equal(locate('8.8.8.8')?.city, 'Mountain View')
  assert.equal(locate('8.8.4.4')?.city, 'Berlin')
  assert.equal(locate('::ffff:8.8.4.4')?.city, 'Berlin')
  assert.deepEqual(locate('2A00:1450:4001::1'), {
    latitude: 47.4,
    longitude: 8.5,
    city: 'Zürich',
    country: 'Switzerland',
  })
})

test('of other addresses, and of what is none, nobody knows', () => {
  for (const address of ['9.9.9.9', '2a01::1', '', 'localhost']) assert.equal(locate(address), undefined)
})

test('a line that cannot be read is refused by its number', () => {
  assert.throws(() => readLocations('8.8.8.0/24,1,2,a,b\n8.8.8.0/99,1,2,a,b'), /Line 2/)
  assert.throws(() => readLocations('8.8.8.0/24,91,2,a,b'), /Line 1/)
  assert.throws(() => readLocations('8.8.8.0/24,,,a,b'), /Line 1/)
})
