/** A database that neither answers nor goes away: the network lost it without a word. Real patience is waited out here. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { test } from 'node:test'
import { sql } from '../../src/store/db.ts'
import { StoreError } from '../../src/store/errors.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { freshPostgres } from './fresh-postgres.ts'

test('a PostgreSQL that hangs is given up, and asked anew when it is there again', async () => {
  const { url, drop } = await freshPostgres()
  const { hostname, port } = new URL(url)
  let lost = false
  const between = createServer((socket) => {
    const server = connect(Number(port), hostname)
    socket.on('data', (bytes) => lost || server.write(bytes)).on('error', () => {})
    server.on('data', (bytes) => lost || socket.write(bytes)).on('error', () => {})
    socket.on('close', () => server.destroy())
    server.on('close', () => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(between, 'listening')
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String((between.address() as AddressInfo).port)
  const database = await openPostgres(through.href)
  try {
    const ask = () => database.get(sql`select 1 as one`)
    await ask()
    lost = true
    const asked = [ask(), database.transaction((inside) => inside.get(sql`select 1 as one`)), database.ready()]
    for (const outcome of await Promise.allSettled(asked)) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof StoreError)
      assert.equal(outcome.reason.kind, 'unavailable')
    }
    lost = false
    assert.deepEqual(await ask(), { one: 1 })
  } finally {
    await database.close()
    between.close()
    await drop()
  }
})
