import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceType } from './device-type.ts'

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const agents: readonly [agent: string, shown: string][] = [
  [
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Chrome/125.0.0.0 Safari/537.36`,
    'Chrome 125 / macOS 10.15',
  ],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/125.0 Safari/537.36 Edg/125.0`, 'Edge 125 / Windows 10'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
    'Safari 17 / iOS 17.4',
  ],
  ['Mozilla/5.0 (Android 14; Mobile; rv:126.0) Gecko/126.0 Firefox/126.0', 'Firefox 126 / Android 14'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0', 'Firefox 126 / Linux'],
  ['curl/8.5.0', 'unknown'],
  ['', 'unknown'],
]

test('a user agent is shown as app and system, or as unknown', () => {
  for (const [agent, shown] of agents) assert.equal(deviceType(agent), shown)
})

test('however long a header is, what is shown is short', () => {
  assert.ok(deviceType(`Chrome/${'1'.repeat(1_000_000)} Android ${'1'.repeat(1_000_000)}`).length <= 1024)
})
