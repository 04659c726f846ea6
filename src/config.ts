/** The settings of the server: tables of rows by subject, and what they mean together. */
import { resolve } from 'node:path'
import { destinations } from './config/destinations.ts'
import { development } from './config/development.ts'
import { functions } from './config/functions.ts'
import { gateway } from './config/gateway.ts'
import { installation } from './config/installation.ts'
import { messages, smsOf } from './config/messages.ts'
import { parties } from './config/parties.ts'
import { type Environment, readRows } from './config/read.ts'
import { serving, tlsOf } from './config/serving.ts'
import { refuse, type Setting } from './config/setting.ts'
import { storage } from './config/storage.ts'
import { threats } from './config/threats.ts'

export { SettingError } from './config/setting.ts'

/** Every setting under the title of its subject, as the documentation prints them. */
export const subjects: readonly { readonly title: string; readonly rows: readonly Setting[] }[] = [
  { title: 'Serving', rows: Object.values(serving) },
  { title: 'Storage', rows: Object.values(storage) },
  { title: 'The installation', rows: Object.values(installation) },
  { title: 'Development', rows: Object.values(development) },
  { title: 'E-mail and SMS', rows: Object.values(messages) },
  { title: 'Functions', rows: Object.values(functions) },
  { title: 'Threat protection', rows: Object.values(threats) },
  { title: 'Logs and streams', rows: Object.values(destinations) },
  { title: 'Parties outside', rows: Object.values(parties) },
  { title: 'Proxy and gateway', rows: Object.values(gateway) },
]

const rows = {
  ...serving,
  ...storage,
  ...installation,
  ...development,
  ...messages,
  ...functions,
  ...threats,
  ...destinations,
  ...parties,
  ...gateway,
}

export type Config = ReturnType<typeof readConfig>

/** Flags and environment to settings, defaults filled in. Refuses what cannot be read, and what would be unsafe together. */
export function readConfig(args: readonly string[], environment: Environment) {
  const given = readRows(rows, args, environment)
  const { port = 4100, dev = false, region = 'us-east-1' } = given
  if (given.devCode && !dev) refuse('--dev-code works only with --dev: a fixed code would let anybody in.')
  const host = given.host ?? (dev ? '127.0.0.1' : '0.0.0.0')
  if (dev && !['127.0.0.1', '::1', 'localhost'].includes(host))
    refuse(
      '--dev binds to loopback only, because its access keys are known to everybody. Leave --dev out, or use --host 127.0.0.1.',
    )
  const tls = tlsOf(given)
  const publicUrl = given.publicUrl ?? `${tls ? 'https' : 'http'}://localhost:${port}`
  return {
    ...given,
    port,
    host,
    dev,
    region,
    tls,
    publicUrl,
    issuer: given.issuer ?? publicUrl,
    account: given.account ?? '000000000000',
    data: given.data ?? resolve('poolhouse-data'),
    sms: smsOf(given, region),
    triggerTimeout: given.triggerTimeout ?? 5_000,
    triggerAttempts: given.triggerAttempts ?? 3,
    allowPrivateHosts: given.allowPrivateHosts ?? (dev ? ('all' as const) : undefined),
    trustedProxies: given.trustedProxies ?? [],
    authEventDays: given.authEventDays ?? 90,
    logLevel: given.logLevel ?? 'info',
    /** Variables that other settings name, for what must not stand in a file. */
    variable: (name: string) => environment[name],
  }
}
