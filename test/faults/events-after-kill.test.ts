/** kill -9 between the acknowledgement of an event and its function, on both engines. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { type Database, sql } from '../../src/store/db.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { startProduct } from '../support/product.ts'
import { until } from '../support/until.ts'
import { freshPostgres } from './fresh-postgres.ts'

const events = 30

/** A function that is an HTTP server: at first it takes an event and says nothing, later it answers. */
async function startFunction() {
  const heard: number[] = []
  const silent: ServerResponse[] = []
  let answering = false
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    if (!answering) return void silent.push(response)
    heard.push((JSON.parse(Buffer.concat(parts).toString()) as { n: number }).n)
    response.writeHead(200).end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ heard, silent },
    answer: () => {
      answering = true
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function killAndLook(databaseUrl: string | undefined, open: (data: string) => Promise<Database>): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'poolhouse-faults-'))
  const told = await startFunction()
  try {
    const masterKey = randomBytes(32).toString('hex')
    const flags = ['--functions', JSON.stringify({ told: { url: told.url, secret: 's' } })]
    const options = { data, masterKey, flags, ...(databaseUrl !== undefined && { databaseUrl }) }
    const first = await startProduct(options)
    const lambda = new LambdaClient({
      ...{ endpoint: first.endpoint, region: 'us-east-1', maxAttempts: 1 },
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    })
    for (let n = 0; n < events; n++) {
      const event = { FunctionName: 'told', InvocationType: 'Event' as const, Payload: JSON.stringify({ n }) }
      assert.equal((await lambda.send(new InvokeCommand(event))).StatusCode, 202)
    }
    lambda.destroy()
    // Some are under way; for the others there was no room yet.
    await until(() => told.silent.length > 0, first.log)
    assert.equal(await first.end('SIGKILL'), null, first.log())
    told.answer()
    // Some of what the dead node had taken may not have come as far as the function.
    const stopped = await open(data)
    const taken = (await stopped.all(sql`select id from jobs where lease is not null`)).length
    await stopped.close()
    assert.ok(told.silent.length <= taken && taken < events, `${told.silent.length} of ${taken} taken`)

    const second = await startProduct(options)
    await until(() => told.heard.length === events - taken, second.log)
    // What the dead node had taken is still its own. Time passes.
    await pause(1_000)
    assert.equal(told.heard.length, events - taken)
    assert.equal(await second.end('SIGTERM'), 0, second.log())
    const later = await open(data)
    assert.equal(await later.run(sql`update jobs set due = due - 75000`), taken)
    await later.close()

    const third = await startProduct(options)
    await until(() => told.heard.length === events, third.log)
    assert.deepEqual(
      told.heard.toSorted((a, b) => a - b),
      Array.from({ length: events }, (_, n) => n),
    )
    assert.equal(await third.end('SIGTERM'), 0, third.log())
  } finally {
    told.close()
    rmSync(data, { recursive: true, force: true })
  }
}

test('on SQLite, every event that was acknowledged before a kill -9 is brought to its function after it', () =>
  killAndLook(undefined, (data) => openSqlite(join(data, 'poolhouse.db'))))

test('on PostgreSQL, every event that was acknowledged before a kill -9 is brought to its function after it', async () => {
  const { url, drop } = await freshPostgres()
  try {
    await killAndLook(url, () => openPostgres(url))
  } finally {
    await drop()
  }
})
