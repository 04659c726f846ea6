/** A world for tests: a real database in memory, real cryptography, a clock that moves when told, an outbox to look into. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { deliverTo, readLogDestinations } from '../../src/delivery/logs.ts'
import { createInvoke } from '../../src/functions/invoke.ts'
import { closeGateway } from '../../src/gateway/resources.ts'
import { topicAt } from '../../src/gateway/topics.ts'
import { createGuardedFetch, type PrivateHosts } from '../../src/outbound/guarded-fetch.ts'
import { createSeal } from '../../src/protocols/seal.ts'
import { createSlow } from '../../src/slow.ts'
import type { Database } from '../../src/store/db.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { stopWatching } from '../../src/user-pools/risk/stop.ts'
import type { Message, Settings, World } from '../../src/world.ts'

export type TestWorld = World & {
  readonly clock: {
    advance(ms: number): void
    /** From now on it moves only when told: for what counts seconds, however long the machine takes. */
    stand(): void
  }
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
  /** The setting `--functions`: a folder, or JSON. */
  functions?: string
  /** The setting `--log-destinations`. */
  logDestinations?: string
  /** Where addresses are; nowhere if absent. */
  locate?: World['locate']
  /** The setting `--allow-private-hosts`; all if absent, as in development. */
  privateHosts?: PrivateHosts
}

/** Close it when done: `after(() => world.close())`. */
export async function testWorld(options: TestWorldOptions = {}): Promise<TestWorld> {
  const { settings, database, functions: setting, privateHosts = 'all' } = options
  const db = database ?? (await openMigrated())
  const dataFolder = mkdtempSync(join(tmpdir(), 'poolhouse-test-'))
  const slow = createSlow()
  const outbox: Message[] = []
  let ahead = 0
  let stood: number | undefined
  const now = () => (stood ?? Date.now()) + ahead
  const seal = createSeal(randomBytes(32))
  const log = pino({ level: process.env['POOLHOUSE_TEST_LOG'] ?? 'silent' })
  const fetch = createGuardedFetch(privateHosts)
  const functions = createInvoke({
    functions: setting,
    region: 'us-east-1',
    reload: true,
    ...{ dataFolder, log, fetch, seal, now },
  })
  const destinations = readLogDestinations(options.logDestinations)
  const world: TestWorld = {
    settings: {
      account: '000000000000',
      region: 'us-east-1',
      publicUrl: 'http://localhost:4100',
      issuer: 'http://localhost:4100',
      dev: true,
      devCode: undefined,
      dataFolder,
      triggers: { timeoutMs: 5_000, attempts: 3 },
      trustedProxies: [],
      authEventDays: 90,
      breachRangeUrl: undefined,
      loginProviders: {},
      socialProviders: {},
      outsideSts: [],
      delegationTemplates: [],
      sync: { streams: new Map(), push: undefined },
      upstreams: {},
      ...settings,
    },
    db,
    now,
    random: (bytes) => randomBytes(bytes),
    log,
    send: async (message) => {
      outbox.push(message)
    },
    seal,
    slow,
    invoke: functions.invoke,
    hasFunction: functions.hasFunction,
    fetch,
    locate: options.locate ?? (() => undefined),
    deliverLogs: (arn, records) => deliverTo(destinations, world, arn, records),
    topicAt: (arn) => topicAt(world, arn),
    rootKeys: new Map([
      ['test', 'test'],
      ['local', 'local'],
    ]),
    ready: () => db.ready(),
    clock: {
      advance: (ms) => {
        ahead += ms
      },
      stand: () => {
        stood ??= Date.now()
      },
    },
    outbox,
    codeSentTo(receiver) {
      const message = outbox.findLast((one) => one.to === receiver)
      if (!message) throw new Error(`Nothing was sent to ${receiver}.`)
      return message.code
    },
    async close() {
      await functions.close()
      await closeGateway(world)
      await stopWatching(world)
      await slow.close()
      await db.close()
      rmSync(dataFolder, { recursive: true, force: true })
    },
  }
  return world
}

async function openMigrated(): Promise<Database> {
  const db = await openSqlite(':memory:')
  await migrate(db)
  return db
}
