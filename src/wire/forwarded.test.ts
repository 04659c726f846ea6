import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { readForwarded } from './forwarded.ts'
import type { Call } from './http.ts'

const call = (address: string, headers: Record<string, string>): Call => ({
  ...{ id: '', method: 'GET', path: '/', query: '', rawHeaders: [], body: Readable.from([]), secure: false },
  ...{ address, headers },
})

type Row = [rule: string, trusted: string[], peer: string, forwarded: string | undefined, address: string]

const rows: Row[] = [
  ['without trusted proxies the header is the caller’s own words', [], '203.0.113.9', '8.8.8.8', '203.0.113.9'],
  ['a peer that is no trusted proxy is not believed', ['10.0.0.0/8'], '203.0.113.9', '8.8.8.8', '203.0.113.9'],
  ['a trusted proxy is believed', ['10.0.0.0/8'], '10.1.1.1', '8.8.8.8', '8.8.8.8'],
  [
    'of a list the last one counts: those before it the caller wrote',
    ['10.0.0.0/8'],
    '10.1.1.1',
    '1.1.1.1, 8.8.8.8',
    '8.8.8.8',
  ],
  ['trusted proxies in a chain are passed over', ['10.0.0.0/8'], '10.1.1.1', '1.1.1.1, 8.8.8.8, 10.2.2.2', '8.8.8.8'],
  [
    'a chain of nothing but proxies ends at the first of them',
    ['10.0.0.0/8'],
    '10.1.1.1',
    '10.3.3.3, 10.2.2.2',
    '10.3.3.3',
  ],
  [
    'what is no address ends the chain at whom can be believed',
    ['10.0.0.0/8'],
    '10.1.1.1',
    '8.8.8.8, unknown',
    '10.1.1.1',
  ],
  ['ports and brackets are left off', ['10.0.0.0/8'], '10.1.1.1', '[2A00:1450::1]:4711', '2a00:1450::1'],
  ['the peer may be written as IPv4 in IPv6', ['10.0.0.0/8'], '::ffff:10.1.1.1', '8.8.4.4:80', '8.8.4.4'],
  ['a trusted proxy that says nothing is the caller', ['10.0.0.0/8'], '10.1.1.1', undefined, '10.1.1.1'],
]

for (const [rule, trusted, peer, forwarded, address] of rows) {
  test(rule, () => {
    const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
    assert.equal(readForwarded(trusted)(call(peer, headers)).address, address)
  })
}

test('X-Forwarded-Proto is believed of trusted proxies only', () => {
  const headers = { 'x-forwarded-for': '8.8.8.8', 'x-forwarded-proto': 'https' }
  assert.equal(readForwarded(['10.0.0.1'])(call('10.0.0.1', headers)).secure, true)
  assert.equal(readForwarded(['10.0.0.1'])(call('10.0.0.2', headers)).secure, false)
})
