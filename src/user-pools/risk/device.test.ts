import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceName, readDevice } from './device.ts'

const chrome = (version: number) =>
  `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`

test('a device is named by its browser and system, and by nothing the caller can make up', () => {
  assert.equal(deviceName(chrome(120)), 'Chrome 120, Windows 10')
  assert.equal(deviceName(`${chrome(120)} Edg/121.0`), 'Edge 121, Windows 10')
  assert.equal(
    deviceName(
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1',
    ),
    'Safari 17, iOS',
  )
  assert.equal(deviceName('aws-sdk-js/3.1 os/linux#6.1'), 'AWS SDK for JavaScript 3, Linux')
  assert.equal(deviceName('<script>\r\nX: y'), 'Other, Other')
})

test('a browser is known again after an update, and not on another system', () => {
  assert.equal(readDevice(chrome(120), undefined).mark, readDevice(chrome(121), undefined).mark)
  assert.notEqual(
    readDevice(chrome(120), undefined).mark,
    readDevice(chrome(120).replace(/Windows NT 10.0/, 'X11; Linux'), undefined).mark,
  )
})

const encoded = (contextData: object) =>
  Buffer.from(
    JSON.stringify({ payload: JSON.stringify({ contextData }), signature: 'x', version: 'JS20171115' }),
  ).toString('base64')

test('the context data of AWS’s client libraries names device, agent and timezone', () => {
  const told = encoded({ DeviceId: 'd1', UserAgent: chrome(99), ClientTimezone: '02:00' })
  const device = readDevice('aws-amplify/6', told)
  assert.deepEqual([device.name, device.timezone], ['Chrome 99, Windows 10', '02:00'])
  assert.equal(device.mark, readDevice('another', encoded({ DeviceId: 'd1' })).mark)
  assert.notEqual(device.mark, readDevice('aws-amplify/6', encoded({ DeviceId: 'd2' })).mark)
})

test('context data that is nonsense, of the wrong types or too long says nothing', () => {
  const plain = readDevice(chrome(120), undefined)
  for (const told of ['', '%%%', 'bnVsbA==', encoded({ DeviceId: 7, ClientTimezone: '<b>' }), 'A'.repeat(20_000)]) {
    assert.deepEqual(readDevice(chrome(120), told), plain)
  }
})
