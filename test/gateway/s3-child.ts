/** A server in a process of its own, for tests that end it abruptly or weigh its memory: `fork(this file, [dataFolder])`. */
import { join } from 'node:path'
import { createApp } from '../../src/app.ts'
import { createSeal } from '../../src/protocols/seal.ts'
import { listen } from '../../src/server.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { testWorld } from '../support/world.ts'

const dataFolder = process.argv[2] as string
const database = await openSqlite(join(dataFolder, 'poolhouse.db'))
await migrate(database)
// The same master key after every start, as in earnest.
const seal = createSeal(Buffer.alloc(32, 7))
const world = { ...(await testWorld({ database, settings: { dataFolder } })), seal }
const { port } = await listen(createApp(world), 0, '127.0.0.1')

let peak = 0
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 10).unref()

process.on('message', () => {
  process.send?.({ peak, now: process.memoryUsage.rss() })
  peak = 0
})
process.send?.({ port })
