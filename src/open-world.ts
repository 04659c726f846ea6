/** Builds the world of a running server from its settings: data folder, database, keys, delivery, workers. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { deliverTo, readLogDestinations } from './delivery/logs.ts'
import { keepMessage } from './delivery/mailbox-store.ts'
import { createSend } from './delivery/send.ts'
import { expiring } from './expiring.ts'
import { createInvoke } from './functions/invoke.ts'
import { readUpstreams } from './gateway/forward/upstreams.ts'
import { startFunctionEvents } from './gateway/lambda.ts'
import { closeGateway, embeddedStores } from './gateway/resources.ts'
import { startEventDelivery, startObjectSweeper } from './gateway/s3.ts'
import { topicAt } from './gateway/topics.ts'
import { startExpiryNotices } from './iam/delegation-requests/expiry.ts'
import { readDelegationTemplates } from './iam/delegation-requests/templates.ts'
import { checkMasterKey, readMasterKey, readRootKeys } from './keys.ts'
import { openLocations } from './locations.ts'
import { createGuardedFetch } from './outbound/guarded-fetch.ts'
import { createSeal } from './protocols/seal.ts'
import { createSlow } from './slow.ts'
import type { Database } from './store/db.ts'
import { makeFolder } from './store/folder.ts'
import { lockFolder } from './store/folder-lock.ts'
import { migrate } from './store/migrate.ts'
import { watchOutages } from './store/outage.ts'
import { openSqlite } from './store/sqlite.ts'
import { startSweeper } from './store/sweep.ts'
import { readLoginProviders, readOutsideSts } from './sts/settings.ts'
import { readSync } from './sync/destinations.ts'
import { startStreams } from './sync/streams/publisher.ts'
import { startProviderSignOuts } from './user-pools/federation/sign-outs.ts'
import { readSocialProviders } from './user-pools/federation/social-settings.ts'
import { startImports } from './user-pools/imports/worker.ts'
import { startLogoutNotices } from './user-pools/logout-notices/worker.ts'
import { startRemoval } from './user-pools/pools/removal.ts'
import { stopWatching } from './user-pools/risk/stop.ts'
import type { World } from './world.ts'

/** Nodes on PostgreSQL may share a data folder, for the files of large objects; an SQLite file has one process. */
async function takeFolder(config: Config): Promise<() => void> {
  if (!config.databaseUrl) return lockFolder(config.data)
  makeFolder(config.data)
  return () => {}
}

/** The world, and its end. Refuses a folder in use, a database of a newer version, a master key that does not fit. */
export async function openWorld(config: Config, log: Logger): Promise<World & { close(): Promise<void> }> {
  const unlock = await takeFolder(config)
  const seal = createSeal(readMasterKey(config))
  const rootKeys = readRootKeys(config)
  const database = watchOutages(await openDatabase(config, log), log)
  await migrate(database)
  await checkMasterKey(database, seal)
  const now = () => Date.now()
  const slow = createSlow()
  const fetch = createGuardedFetch(config.allowPrivateHosts ?? [])
  const messages = createSend({
    fetch,
    smtpUrl: config.smtpUrl,
    from: config.mailFrom ?? `no-reply@${new URL(config.publicUrl).hostname}`,
    sms: config.sms,
    now,
    webhookKey: seal.mac('sms-webhook', ''),
    mailbox: config.dev ? (message) => keepMessage(database, message) : undefined,
  })
  const functions = createInvoke({
    functions: config.functions,
    dataFolder: config.data,
    region: config.region,
    reload: config.dev,
    ...{ log, fetch, seal, now },
  })
  const destinations = readLogDestinations(config.logDestinations)
  const world: World = {
    settings: {
      account: config.account,
      region: config.region,
      publicUrl: config.publicUrl,
      issuer: config.issuer,
      dev: config.dev,
      devCode: config.devCode,
      dataFolder: config.data,
      triggers: { timeoutMs: config.triggerTimeout, attempts: config.triggerAttempts },
      trustedProxies: config.trustedProxies,
      authEventDays: config.authEventDays,
      breachRangeUrl: config.breachRangeUrl,
      loginProviders: readLoginProviders(config.loginProviders),
      socialProviders: readSocialProviders(config.socialProviders),
      outsideSts: readOutsideSts(config.outsideSts),
      delegationTemplates: readDelegationTemplates(config.delegationTemplates),
      sync: readSync(config.sync),
      upstreams: readUpstreams(config.upstreams, config.variable),
    },
    db: database,
    now,
    random: (bytes) => randomBytes(bytes),
    log,
    send: messages.send,
    seal,
    slow,
    rootKeys,
    invoke: functions.invoke,
    hasFunction: functions.hasFunction,
    fetch,
    locate: openLocations(config.locations),
    deliverLogs: (arn, records) => deliverTo(destinations, world, arn, records),
    topicAt: (arn) => topicAt(world, arn),
    ready: () => database.ready(),
  }
  if (config.databaseUrl) for (const sentence of embeddedStores(world.settings)) log.warn(sentence)
  const background = [
    startSweeper(database, now, log, expiring),
    startRemoval(database, log),
    startObjectSweeper(world),
    startEventDelivery(world),
    startFunctionEvents(world),
    startImports(world),
    startLogoutNotices(world),
    startProviderSignOuts(world),
    startExpiryNotices(world),
    startStreams(world),
  ]
  return {
    ...world,
    async close() {
      // First, as it may still want functions and servers behind.
      await Promise.all(background.map((work) => work.stop()))
      await functions.close()
      await closeGateway(world)
      await stopWatching(world)
      messages.close()
      await slow.close()
      await database.close()
      unlock()
    },
  }
}

/** The driver of PostgreSQL is loaded where it is used only: it takes several megabytes. */
async function openDatabase({ databaseUrl, data }: Config, log: Logger): Promise<Database> {
  if (!databaseUrl) return openSqlite(join(data, 'poolhouse.db'), log)
  const { openPostgres } = await import('./store/postgres.ts')
  return openPostgres(databaseUrl, log)
}
