/** Connections to servers behind: an answer belongs to the request that it was given to. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import pino from 'pino'
import type { World } from '../../world.ts'
import { closePools, send } from './pools.ts'

// Pieces of answers are freed when they are written: two answers in one read would share memory.
test('what a server says before it is asked is nobody’s answer, and the connection is not used again', async () => {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.on('error', () => {})
    socket.once('data', () => {
      const early = 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ntoo '
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nright${early}`)
      socket.on('data', () => socket.write('early'))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const world = { db: {}, log: pino({ enabled: false }) } as unknown as Pick<World, 'db' | 'log'>
  const target = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ connections: 1, connectTimeoutMs: 2_000, responseTimeoutMs: 2_000, idleTimeoutMs: 2_000 },
  }
  const ask = async () => (await send(world, target, { method: 'GET', path: '/', headers: {} })).body.text()
  assert.deepEqual(await Promise.all([ask(), ask(), ask()]), ['right', 'right', 'right'])
  assert.equal(await ask(), 'right')
  assert.equal(connections, 4)
  await closePools(world)
  server.close()
})
