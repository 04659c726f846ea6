/** Every setting in one table: name, flag, variable, default, how it is read, one line of help. Printed into docs/configuration.md. */
import { resolve } from 'node:path'
import type { SmsSettings } from './delivery/sms.ts'
import { readRange } from './protocols/networks.ts'

export type Config = {
  port: number
  host: string
  data: string
  databaseUrl: string | undefined
  publicUrl: string
  issuer: string
  accessKeys: ReadonlyMap<string, string> | undefined
  masterKey: Buffer | undefined
  demo: boolean | undefined
  devCode: string | undefined
  account: string
  region: string
  dev: boolean
  smtpUrl: string | undefined
  mailFrom: string | undefined
  sms: SmsSettings | undefined
  functions: string | undefined
  proxy: string | undefined
  triggerTimeout: number
  triggerAttempts: number
  allowPrivateHosts: 'all' | readonly string[] | undefined
  trustedProxies: readonly string[]
  authEventDays: number
  breachRangeUrl: string | undefined
  logDestinations: string | undefined
  loginProviders: string | undefined
  socialProviders: string | undefined
  outsideSts: string | undefined
  sync: string | undefined
  upstreams: string | undefined
  /** Variables that other settings name, for what must not stand in a file. */
  variable: (name: string) => string | undefined
  locations: string | undefined
  tls: TlsFiles | undefined
  logLevel: string
}

/** The rows of SMS, of which one provider comes. */
type SmsRows = {
  smsWebhook: string
  twilioAccount: string
  twilioToken: string
  twilioFrom: string
  twilioUrl: string
  snsUrl: string
  snsRegion: string
  snsKey: readonly [id: string, secret: string]
}

/** The rows of TLS, of which the first two come together. */
type TlsRows = { tlsCert: string; tlsKey: string; tlsCertificates: string }

export type TlsFiles = { readonly cert: string; readonly key: string; readonly folder: string | undefined }

type Rows = Omit<Config, 'sms' | 'tls' | 'variable'> & SmsRows & TlsRows

/** One row of the table. `read` turns the text into the value or throws a SettingError's sentence. */
type Setting<Name extends keyof Rows = keyof Rows> = {
  readonly name: Name
  readonly flag?: string
  readonly variable?: string
  /** As the documentation prints it. */
  readonly otherwise: string
  readonly help: string
  readonly kind?: 'switch'
  read(text: string): Rows[Name]
}

/** A setting that cannot be used; the sentence names it and what would be right. */
export class SettingError extends Error {}

const refuse = (sentence: string): never => {
  throw new SettingError(sentence)
}

const text = (value: string) => value

const setting = <Name extends keyof Rows>(row: Setting<Name>): Setting => row as unknown as Setting

function readUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return refuse(`'${value}' is not an http or https URL.`)
  return value.replace(/\/+$/, '')
}

function readPort(value: string): number {
  const port = Number(value)
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : refuse(`'${value}' is not a port (0 to 65535).`)
}

function readCount(value: string, least: number, most: number): number {
  const count = Number(value)
  return Number.isInteger(count) && count >= least && count <= most
    ? count
    : refuse(`'${value}' is not a whole number from ${least} to ${most}.`)
}

function readKeys(value: string): ReadonlyMap<string, string> {
  const pairs = value.split(',').map((pair) => pair.trim().split(':') as [string, string])
  for (const [id, secret, ...rest] of pairs as string[][])
    if (!id || !secret || rest.length > 0 || !/^\w{3,128}$/.test(id))
      refuse('Access keys are written id:secret[,id:secret], ids of 3 to 128 letters and digits.')
  return new Map(pairs)
}

function readMasterKey(value: string): Buffer {
  const bytes = /^[0-9a-f]{64}$/i.test(value) ? Buffer.from(value, 'hex') : Buffer.from(value, 'base64')
  return bytes.length === 32
    ? bytes
    : refuse('The master key must be 32 bytes in hex or base64: try `openssl rand -hex 32`.')
}

const onOff = (value: string): boolean =>
  ({ true: true, 1: true, on: true, false: false, 0: false, off: false })[value.toLowerCase()] ??
  refuse(`'${value}' is neither true nor false.`)

/** The table. Flags win over variables, variables over defaults. */
export const settings: readonly Setting[] = [
  setting({
    name: 'port',
    flag: '--port',
    variable: 'POOLHOUSE_PORT',
    otherwise: '4100',
    help: 'the endpoint',
    read: readPort,
  }),
  setting({
    name: 'host',
    flag: '--host',
    variable: 'POOLHOUSE_HOST',
    otherwise: '127.0.0.1 with --dev, else 0.0.0.0',
    help: 'where it binds',
    read: text,
  }),
  setting({
    name: 'data',
    flag: '--data',
    variable: 'POOLHOUSE_DATA',
    otherwise: './poolhouse-data',
    help: 'SQLite file, S3 objects, generated keys',
    read: (value) => resolve(value),
  }),
  setting({
    name: 'databaseUrl',
    flag: '--database-url',
    variable: 'POOLHOUSE_DATABASE_URL',
    otherwise: 'none: SQLite in the data folder',
    help: '`postgres://…` for PostgreSQL',
    read: (value) =>
      /^postgres(ql)?:\/\//.test(value) ? value : refuse('The database URL must begin with postgres://.'),
  }),
  setting({
    name: 'publicUrl',
    flag: '--public-url',
    variable: 'POOLHOUSE_PUBLIC_URL',
    otherwise: 'http://localhost:<port>',
    help: 'base of issuers, links and hosted domains',
    read: readUrl,
  }),
  setting({
    name: 'issuer',
    flag: '--issuer',
    variable: 'POOLHOUSE_ISSUER',
    otherwise: 'the public URL',
    help: "base of the `iss` claim; `aws` gives AWS's own form",
    read: (value) => (value === 'aws' ? value : readUrl(value)),
  }),
  setting({
    name: 'accessKeys',
    variable: 'POOLHOUSE_ACCESS_KEYS',
    otherwise: 'generated once, kept in the data folder',
    help: "`id:secret[,id:secret]`, the account's root keys",
    read: readKeys,
  }),
  setting({
    name: 'masterKey',
    variable: 'POOLHOUSE_MASTER_KEY',
    otherwise: 'with --dev generated once into the data folder; otherwise required unless the data folder holds one',
    help: 'seals signing keys, client secrets and SRP verifiers: 32 bytes in hex or base64',
    read: readMasterKey,
  }),
  setting({
    name: 'demo',
    flag: '--demo, --no-demo',
    variable: 'POOLHOUSE_DEMO',
    otherwise: 'on with --dev and an empty data folder',
    help: 'whether the demo workspace is made',
    kind: 'switch',
    read: onOff,
  }),
  setting({
    name: 'devCode',
    flag: '--dev-code',
    variable: 'POOLHOUSE_DEV_CODE',
    otherwise: 'none',
    help: 'only with --dev: every code sent is this one, for suites that want fixed codes',
    read: (value) => (/^\d{6}$/.test(value) ? value : refuse('The development code must be six digits.')),
  }),
  setting({
    name: 'account',
    flag: '--account',
    variable: 'POOLHOUSE_ACCOUNT',
    otherwise: '000000000000',
    help: 'account id, twelve digits',
    read: (value) => (/^\d{12}$/.test(value) ? value : refuse('The account id must be twelve digits.')),
  }),
  setting({
    name: 'region',
    flag: '--region',
    variable: 'POOLHOUSE_REGION',
    otherwise: 'us-east-1',
    help: "default region; the region in a request's credential scope is honoured",
    read: (value) =>
      /^[a-z]{2}(-[a-z]+)+-\d$/.test(value) ? value : refuse(`'${value}' is not a region name such as eu-west-1.`),
  }),
  setting({
    name: 'dev',
    flag: '--dev',
    variable: 'POOLHOUSE_DEV',
    otherwise: 'off',
    help: 'development mode: loopback only, mailbox, access keys test/test and local/local, demo workspace',
    kind: 'switch',
    read: onOff,
  }),
  setting({
    name: 'smtpUrl',
    variable: 'POOLHOUSE_SMTP_URL',
    otherwise: 'none: with --dev the mailbox; otherwise sending e-mail fails',
    help: '`smtp://user:password@host:587` or `smtps://…`: the server that sends e-mail; options as in `?requireTLS=true`',
    read: (value) => (/^smtps?:\/\//.test(value) ? value : refuse('The SMTP URL must begin with smtp:// or smtps://.')),
  }),
  setting({
    name: 'mailFrom',
    flag: '--mail-from',
    variable: 'POOLHOUSE_MAIL_FROM',
    otherwise: 'no-reply@ the host of the public URL',
    help: 'sender of e-mail',
    read: text,
  }),
  setting({
    name: 'smsWebhook',
    variable: 'POOLHOUSE_SMS_WEBHOOK',
    otherwise: 'none: with --dev the mailbox; otherwise sending SMS fails',
    help: 'SMS by a webhook: an https URL that is posted `{ to, body }` for each SMS, signed in `x-poolhouse-signature`',
    read: readUrl,
  }),
  setting({
    name: 'twilioAccount',
    variable: 'POOLHOUSE_TWILIO_ACCOUNT_SID',
    otherwise: 'none',
    help: 'SMS by Twilio: the account (`AC…`); needs the two settings that follow',
    read: (value) => (/^\w{2,64}$/.test(value) ? value : refuse(`'${value}' is no account SID.`)),
  }),
  setting({
    name: 'twilioToken',
    variable: 'POOLHOUSE_TWILIO_AUTH_TOKEN',
    otherwise: 'none',
    help: "SMS by Twilio: the account's token",
    read: text,
  }),
  setting({
    name: 'twilioFrom',
    variable: 'POOLHOUSE_TWILIO_FROM',
    otherwise: 'none',
    help: "SMS by Twilio: a number, a sender's name, or the SID of a messaging service (`MG…`)",
    read: text,
  }),
  setting({
    name: 'twilioUrl',
    variable: 'POOLHOUSE_TWILIO_URL',
    otherwise: 'https://api.twilio.com',
    help: "SMS by Twilio: the API's address, for what speaks it elsewhere",
    read: readUrl,
  }),
  setting({
    name: 'snsUrl',
    variable: 'POOLHOUSE_SNS_URL',
    otherwise: 'none',
    help: 'SMS by Amazon SNS or what speaks its Publish: `https://sns.eu-west-1.amazonaws.com`; needs a key',
    read: readUrl,
  }),
  setting({
    name: 'snsRegion',
    variable: 'POOLHOUSE_SNS_REGION',
    otherwise: 'the default region',
    help: 'SMS by SNS: the region that requests are signed for',
    read: text,
  }),
  setting({
    name: 'snsKey',
    variable: 'POOLHOUSE_SNS_KEY',
    otherwise: 'none',
    help: 'SMS by SNS: the access key that signs, `id:secret`',
    read: (value) => {
      const [, id, secret] = /^(\w{3,128}):(.+)$/.exec(value) ?? []
      return id && secret ? [id, secret] : refuse('The key is written id:secret.')
    },
  }),
  setting({
    name: 'functions',
    flag: '--functions',
    variable: 'POOLHOUSE_FUNCTIONS',
    otherwise: 'none: a trigger that is set refuses',
    help: 'what the ARNs of triggers run: a folder of functions by their names, or JSON (a file, or as it is) of names or ARNs to `{ folder or file, handler, environment }`, `{ url, secret }` or `{ endpoint, region, accessKeyId, secretAccessKey }`',
    read: text,
  }),
  setting({
    name: 'proxy',
    flag: '--proxy',
    variable: 'POOLHOUSE_PROXY',
    otherwise: 'none',
    help: 'the JSON file of the reverse proxy: listeners, upstreams and routes with their authorizers and sign-in',
    read: (value) => resolve(value),
  }),
  setting({
    name: 'triggerTimeout',
    flag: '--trigger-timeout',
    variable: 'POOLHOUSE_TRIGGER_TIMEOUT',
    otherwise: '5000',
    help: 'milliseconds a trigger may take',
    read: (value) => readCount(value, 100, 900_000),
  }),
  setting({
    name: 'triggerAttempts',
    flag: '--trigger-attempts',
    variable: 'POOLHOUSE_TRIGGER_ATTEMPTS',
    otherwise: '3',
    help: 'how often a trigger is tried that does not answer in time or is throttled',
    read: (value) => readCount(value, 1, 10),
  }),
  setting({
    name: 'allowPrivateHosts',
    flag: '--allow-private-hosts',
    variable: 'POOLHOUSE_ALLOW_PRIVATE_HOSTS',
    otherwise: 'all with --dev, else none',
    help: 'hosts in private ranges that configured addresses may lead to: `all`, or `host[,host]`',
    read: (value) => (value === 'all' ? value : value.split(',').map((host) => host.trim().toLowerCase())),
  }),
  setting({
    name: 'trustedProxies',
    flag: '--trusted-proxies',
    variable: 'POOLHOUSE_TRUSTED_PROXIES',
    otherwise: 'none: the address of a client is that of its connection',
    help: 'addresses or ranges of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: `10.0.0.0/8,2001:db8::1`',
    read: (value) =>
      value.split(',').map((range) => {
        const trimmed = range.trim()
        return readRange(trimmed) ? trimmed : refuse(`'${trimmed}' is no address or range of addresses.`)
      }),
  }),
  setting({
    name: 'authEventDays',
    flag: '--auth-event-days',
    variable: 'POOLHOUSE_AUTH_EVENT_DAYS',
    otherwise: '90',
    help: 'days that the events of threat protection are kept; devices and addresses are known for as long',
    read: (value) => readCount(value, 1, 3_650),
  }),
  setting({
    name: 'breachRangeUrl',
    flag: '--breach-range-url',
    variable: 'POOLHOUSE_BREACH_RANGE_URL',
    otherwise: 'none: only the offline list',
    help: 'a service of breached passwords by ranges (k-anonymity), asked `<url>/<five hex digits>`, such as `https://api.pwnedpasswords.com/range`',
    read: readUrl,
  }),
  setting({
    name: 'logDestinations',
    flag: '--log-destinations',
    variable: 'POOLHOUSE_LOG_DESTINATIONS',
    otherwise: 'none: buckets of this server, and files in the data folder',
    help: 'where the ARNs of SetLogDeliveryConfiguration lead: JSON (a file, or as it is) of ARNs or names to `{ url, secret }`, `{ file }` or Firehose `{ endpoint, region, accessKeyId, secretAccessKey }`',
    read: text,
  }),
  setting({
    name: 'loginProviders',
    flag: '--login-providers',
    variable: 'POOLHOUSE_LOGIN_PROVIDERS',
    otherwise: 'none: each where everybody knows it to be',
    help: 'where login providers of identity pools and STS are asked, for those elsewhere: JSON (a file, or as it is) of names such as `accounts.google.com` to `{ issuer, jwksUri }`, for Facebook and Amazon `{ url }`',
    read: text,
  }),
  setting({
    name: 'socialProviders',
    flag: '--social-providers',
    variable: 'POOLHOUSE_SOCIAL_PROVIDERS',
    otherwise: 'none: each where everybody knows it to be',
    help: 'where Google, Facebook, LoginWithAmazon and SignInWithApple of user pools are asked, for those elsewhere: JSON (a file, or as it is) of their names to `{ authorize_url, token_url, attributes_url, jwks_uri, oidc_issuer }`, each member as needed',
    read: text,
  }),
  setting({
    name: 'outsideSts',
    flag: '--outside-sts',
    variable: 'POOLHOUSE_OUTSIDE_STS',
    otherwise: "none: identity pools give this server's credentials",
    help: "roles that identity pools get from another STS (AWS, MinIO, Ceph), which trusts this server's tokens: JSON (a file, or as it is), a list of `{ roles, endpoint, guestPolicy }`, where `roles` is what their ARNs begin with",
    read: text,
  }),
  setting({
    name: 'sync',
    flag: '--sync',
    variable: 'POOLHOUSE_SYNC',
    otherwise: 'none: no pool can stream or push',
    help: 'where Cognito Streams and push synchronisation go: a JSON file, or JSON (docs/guides/sync.md)',
    read: text,
  }),
  setting({
    name: 'upstreams',
    flag: '--upstreams',
    variable: 'POOLHOUSE_UPSTREAMS',
    otherwise: 'none: S3, DynamoDB and functions are served here',
    help: 'the servers behind the gateway: JSON (a file, or as it is) of services to rows `{ match, endpoint, region, credentials: { accessKeyIdVariable, secretAccessKeyVariable } }`; see docs/guides/gateway.md',
    read: text,
  }),
  setting({
    name: 'locations',
    flag: '--locations',
    variable: 'POOLHOUSE_LOCATIONS',
    otherwise: 'none: nobody knows where an address is',
    help: 'a file of `network,latitude,longitude,city,country` lines, for the distance between sign-ins and for notices',
    read: text,
  }),
  setting({
    name: 'tlsCert',
    flag: '--tls-cert',
    variable: 'POOLHOUSE_TLS_CERT',
    otherwise: 'none: HTTP, for a proxy that ends TLS; with --dev HTTP and HTTPS on one port',
    help: 'the certificate and its chain, a PEM file: the port then speaks HTTPS only; read again when it changes, and on SIGHUP',
    read: (value) => resolve(value),
  }),
  setting({
    name: 'tlsKey',
    flag: '--tls-key',
    variable: 'POOLHOUSE_TLS_KEY',
    otherwise: 'none',
    help: "the certificate's key, a PEM file",
    read: (value) => resolve(value),
  }),
  setting({
    name: 'tlsCertificates',
    flag: '--tls-certificates',
    variable: 'POOLHOUSE_TLS_CERTIFICATES',
    otherwise: 'none: one certificate for every name',
    help: 'a folder of `<host name>.pem`, chain and key in one file, for custom domains',
    read: (value) => resolve(value),
  }),
  setting({
    name: 'logLevel',
    flag: '--log-level',
    variable: 'POOLHOUSE_LOG_LEVEL',
    otherwise: 'info',
    help: 'trace, debug, info, warn, error or silent; JSON lines on standard error',
    read: (value) =>
      ['trace', 'debug', 'info', 'warn', 'error', 'silent'].includes(value)
        ? value
        : refuse(`'${value}' is not a log level.`),
  }),
]

/** Flags and environment to settings. Refuses unknown flags, unreadable values and combinations that would be unsafe. */
export function readConfig(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): Config {
  const given = readFlags(args)
  const values: Partial<Record<keyof Rows, unknown>> = {}
  for (const row of settings) {
    const written = given.get(row.name) ?? (row.variable ? environment[row.variable] : undefined)
    if (written === undefined || written === '') continue
    try {
      values[row.name] = row.read(written)
    } catch (error) {
      if (error instanceof SettingError) throw new SettingError(`${row.flag ?? row.variable}: ${error.message}`)
      throw error
    }
  }
  const read = values as Partial<Rows>
  const port = read.port ?? 4100
  const dev = read.dev ?? false
  if (read.devCode && !dev)
    throw new SettingError('--dev-code works only with --dev: a fixed code would let anybody in.')
  const host = read.host ?? (dev ? '127.0.0.1' : '0.0.0.0')
  if (dev && !['127.0.0.1', '::1', 'localhost'].includes(host))
    throw new SettingError(
      '--dev binds to loopback only, because its access keys are known to everybody. Leave --dev out, or use --host 127.0.0.1.',
    )
  const tls = tlsOf(read)
  const publicUrl = read.publicUrl ?? `${tls ? 'https' : 'http'}://localhost:${port}`
  return {
    port,
    host,
    data: read.data ?? resolve('poolhouse-data'),
    databaseUrl: read.databaseUrl,
    publicUrl,
    issuer: read.issuer ?? publicUrl,
    accessKeys: read.accessKeys,
    masterKey: read.masterKey,
    demo: read.demo,
    devCode: read.devCode,
    account: read.account ?? '000000000000',
    region: read.region ?? 'us-east-1',
    dev,
    smtpUrl: read.smtpUrl,
    mailFrom: read.mailFrom,
    sms: smsOf(read, read.region ?? 'us-east-1'),
    functions: read.functions,
    proxy: read.proxy,
    triggerTimeout: read.triggerTimeout ?? 5_000,
    triggerAttempts: read.triggerAttempts ?? 3,
    allowPrivateHosts: read.allowPrivateHosts ?? (dev ? 'all' : undefined),
    trustedProxies: read.trustedProxies ?? [],
    authEventDays: read.authEventDays ?? 90,
    breachRangeUrl: read.breachRangeUrl,
    logDestinations: read.logDestinations,
    loginProviders: read.loginProviders,
    socialProviders: read.socialProviders,
    outsideSts: read.outsideSts,
    sync: read.sync,
    upstreams: read.upstreams,
    variable: (name) => environment[name],
    locations: read.locations,
    tls,
    logLevel: read.logLevel ?? 'info',
  }
}

/** Refuses a certificate without its key, and the reverse. */
function tlsOf({ tlsCert: cert, tlsKey: key, tlsCertificates: folder }: Partial<TlsRows>): TlsFiles | undefined {
  if (cert !== undefined && key !== undefined) return { cert, key, folder }
  if (cert !== undefined || key !== undefined || folder !== undefined)
    refuse('TLS needs both --tls-cert and --tls-key.')
  return undefined
}

/** The one provider of SMS that the rows name. Refuses two, and one that lacks a row. */
function smsOf(rows: Partial<SmsRows>, region: string): SmsSettings | undefined {
  const { smsWebhook, twilioAccount: account, twilioToken: token, twilioFrom: from, twilioUrl, snsUrl, snsKey } = rows
  const given = [
    ['POOLHOUSE_SMS_WEBHOOK', smsWebhook],
    ['POOLHOUSE_TWILIO_ACCOUNT_SID', account ?? token ?? from ?? twilioUrl],
    ['POOLHOUSE_SNS_URL', snsUrl ?? snsKey ?? rows.snsRegion],
  ].flatMap(([name, value]) => (value === undefined ? [] : [name]))
  if (given.length > 1) return refuse(`SMS has one provider; ${given.join(' and ')} are set. Leave one of them out.`)
  if (smsWebhook !== undefined) return { provider: 'webhook', url: smsWebhook }
  if (given[0] === 'POOLHOUSE_TWILIO_ACCOUNT_SID')
    return account && token && from
      ? { provider: 'twilio', url: twilioUrl ?? 'https://api.twilio.com', account, token, from }
      : refuse('Twilio needs POOLHOUSE_TWILIO_ACCOUNT_SID, POOLHOUSE_TWILIO_AUTH_TOKEN and POOLHOUSE_TWILIO_FROM.')
  if (given.length === 0) return undefined
  if (!snsUrl || !snsKey) return refuse('SNS needs POOLHOUSE_SNS_URL and POOLHOUSE_SNS_KEY.')
  const [accessKeyId, secretAccessKey] = snsKey
  return { provider: 'sns', url: snsUrl, region: rows.snsRegion ?? region, accessKeyId, secretAccessKey }
}

function readFlags(args: readonly string[]): Map<keyof Rows, string> {
  const given = new Map<keyof Rows, string>()
  const rest = [...args]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [flag = '', inline] = word.split(/=(.*)/s)
    const row = settings.find((one) => one.flag?.split(', ').includes(flag))
    if (!row) throw new SettingError(`There is no setting ${flag}. \`poolhouse help\` lists them all.`)
    if (row.kind === 'switch') given.set(row.name, inline ?? String(!flag.startsWith('--no-')))
    else given.set(row.name, inline ?? rest.shift() ?? refuse(`${flag} needs a value.`))
  }
  return given
}
