import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalAddress, inRanges, networkOf, readRange } from './networks.ts'

test('an address has one spelling, whichever way it is written', () => {
  for (const written of [
    '2001:DB8::1',
    '2001:db8:0:0:0:0:0:1',
    '[2001:db8::1]',
    '2001:0db8::0001',
    '2001:db8::1%eth0',
  ]) {
    assert.equal(canonicalAddress(written), '2001:db8::1')
  }
  assert.equal(canonicalAddress('::ffff:192.0.2.1'), '192.0.2.1')
  assert.equal(canonicalAddress('::FFFF:C000:0201'), '192.0.2.1')
})

test('what is no address has no spelling', () => {
  for (const text of ['', 'localhost', '192.0.2', '192.0.2.1:80', '1.2.3.4, 5.6.7.8', '0x7f.1', '::g']) {
    assert.equal(canonicalAddress(text), undefined, text)
  }
})

test('an IPv6 address counts as its /64, an IPv4 address as itself', () => {
  assert.equal(networkOf('2a01:4f8:1:2:aaaa::1'), networkOf('2A01:04F8:0001:0002::bbbb'))
  assert.notEqual(networkOf('2a01:4f8:1:2::1'), networkOf('2a01:4f8:1:3::1'))
  assert.equal(networkOf('::ffff:8.8.8.8'), '8.8.8.8')
  assert.equal(networkOf('64:ff9b::1.2.3.4'), networkOf('64:ff9b::4.3.2.1'))
})

test('ranges are networks or single addresses of either family, and nothing else', () => {
  assert.deepEqual(readRange('192.0.2.0/24'), { address: '192.0.2.0', prefix: 24, family: 'ipv4' })
  assert.deepEqual(readRange('2001:db8::/32'), { address: '2001:db8::', prefix: 32, family: 'ipv6' })
  assert.equal(readRange('192.0.2.1')?.prefix, 32)
  for (const text of ['192.0.2.0/33', '2001:db8::/129', '192.0.2.0/', '192.0.2.0/-1', 'example.com/24', '', '/8']) {
    assert.equal(readRange(text), undefined, text)
  }
})

test('a range of IPv4 holds the same addresses written in IPv6', () => {
  const inside = inRanges(['192.0.2.0/24', '2001:db8:1::/48'])
  assert.equal(inside('::ffff:192.0.2.77'), true)
  assert.equal(inside('192.0.3.1'), false)
  assert.equal(inside('2001:0DB8:1:ffff::1'), true)
  assert.equal(inside('2001:db8:2::1'), false)
  assert.equal(inside('nonsense'), false)
})
