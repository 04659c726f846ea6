/** A world for tests: a real database in memory, real cryptography, a clock that moves when told, an outbox to look into. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { createSeal } from '../../src/protocols/seal.ts'
import { createSlow } from '../../src/slow.ts'
import type { Database } from '../../src/store/db.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { Message, Settings, World } from '../../src/world.ts'

export type TestWorld = World & {
  readonly clock: { advance(ms: number): void }
  /** Every message sent so far. */
  readonly outbox: Message[]
  /** The code in the newest message to that address or number. */
  codeSentTo(receiver: string): string
  close(): Promise<void>
}

export type TestWorldOptions = {
  settings?: Partial<Settings>
  /** A migrated database; in-memory SQLite if absent. The world closes it. */
  database?: Database
}

/** Close it when done: `after(() => world.close())`. */
export async function testWorld({ settings, database }: TestWorldOptions = {}): Promise<TestWorld> {
  const db = database ?? (await openMigrated())
  const dataFolder = mkdtempSync(join(tmpdir(), 'poolhouse-test-'))
  const slow = createSlow()
  const outbox: Message[] = []
  let ahead = 0
  return {
    settings: {
      account: '000000000000',
      region: 'us-east-1',
      publicUrl: 'http://localhost:4100',
      issuer: 'http://localhost:4100',
      dev: true,
      devCode: undefined,
      dataFolder,
      ...settings,
    },
    db,
    now: () => Date.now() + ahead,
    random: (bytes) => randomBytes(bytes),
    log: pino({ level: process.env['POOLHOUSE_TEST_LOG'] ?? 'silent' }),
    send: async (message) => {
      outbox.push(message)
    },
    seal: createSeal(randomBytes(32)),
    slow,
    rootKeys: new Map([
      ['test', 'test'],
      ['local', 'local'],
    ]),
    ready: () => db.ready(),
    clock: {
      advance: (ms) => {
        ahead += ms
      },
    },
    outbox,
    codeSentTo(receiver) {
      const message = outbox.findLast((one) => one.to === receiver)
      if (!message) throw new Error(`Nothing was sent to ${receiver}.`)
      return message.code
    },
    async close() {
      await slow.close()
      await db.close()
      rmSync(dataFolder, { recursive: true, force: true })
    },
  }
}

async function openMigrated(): Promise<Database> {
  const db = await openSqlite(':memory:')
  await migrate(db)
  return db
}
