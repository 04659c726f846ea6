/** Where the server listens, how it is reached from outside, and its certificates. */
import { resolve } from 'node:path'
import { readRange } from '../protocols/networks.ts'
import { type Given, type Rows, readCount, readPort, readText, readUrl, refuse } from './setting.ts'

export type TlsFiles = { readonly cert: string; readonly key: string; readonly folder: string | undefined }

export const serving = {
  port: {
    flag: '--port',
    variable: 'POOLHOUSE_PORT',
    otherwise: '4100',
    help: 'the endpoint',
    read: readPort,
  },
  host: {
    flag: '--host',
    variable: 'POOLHOUSE_HOST',
    otherwise: '127.0.0.1 with --dev, else 0.0.0.0',
    help: 'where it binds',
    read: readText,
  },
  publicUrl: {
    flag: '--public-url',
    variable: 'POOLHOUSE_PUBLIC_URL',
    otherwise: 'http://localhost:<port>',
    help: 'base of issuers, links and hosted domains',
    read: readUrl,
  },
  trustedProxies: {
    flag: '--trusted-proxies',
    variable: 'POOLHOUSE_TRUSTED_PROXIES',
    otherwise: 'none: the address of a client is that of its connection',
    help: 'addresses or ranges of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: `10.0.0.0/8,2001:db8::1`',
    read: (value) =>
      value.split(',').map((range) => {
        const trimmed = range.trim()
        return readRange(trimmed) ? trimmed : refuse(`'${trimmed}' is no address or range of addresses.`)
      }),
  },
  maxConnections: {
    flag: '--max-connections',
    variable: 'POOLHOUSE_MAX_CONNECTIONS',
    otherwise: '8192',
    help: 'connections of each port; what comes beyond them is closed',
    read: (value) => readCount(value, 1, 1_000_000),
  },
  bodyMemory: {
    flag: '--body-memory',
    variable: 'POOLHOUSE_BODY_MEMORY',
    otherwise: '128',
    help: 'megabytes for bodies of requests that are held in memory, all together; beyond them a request gets 503 and `Retry-After`',
    read: (value) => readCount(value, 32, 65_536) * 1024 * 1024,
  },
  tlsCert: {
    flag: '--tls-cert',
    variable: 'POOLHOUSE_TLS_CERT',
    otherwise: 'none: HTTP, for a proxy that ends TLS; with --dev HTTP and HTTPS on one port',
    help: 'the certificate and its chain, a PEM file: the port then speaks HTTPS only; read again when it changes, and on SIGHUP',
    read: (value) => resolve(value),
  },
  tlsKey: {
    flag: '--tls-key',
    variable: 'POOLHOUSE_TLS_KEY',
    otherwise: 'none',
    help: "the certificate's key, a PEM file",
    read: (value) => resolve(value),
  },
  tlsCertificates: {
    flag: '--tls-certificates',
    variable: 'POOLHOUSE_TLS_CERTIFICATES',
    otherwise: 'none: one certificate for every name',
    help: 'a folder of `<host name>.pem`, chain and key in one file, for custom domains',
    read: (value) => resolve(value),
  },
  logLevel: {
    flag: '--log-level',
    variable: 'POOLHOUSE_LOG_LEVEL',
    otherwise: 'info',
    help: 'trace, debug, info, warn, error or silent; JSON lines on standard error',
    read: (value) =>
      ['trace', 'debug', 'info', 'warn', 'error', 'silent'].includes(value)
        ? value
        : refuse(`'${value}' is not a log level.`),
  },
} satisfies Rows

/** Refuses a certificate without its key, and the reverse. */
export function tlsOf({
  tlsCert: cert,
  tlsKey: key,
  tlsCertificates: folder,
}: Given<typeof serving>): TlsFiles | undefined {
  if (cert !== undefined && key !== undefined) return { cert, key, folder }
  if (cert !== undefined || key !== undefined || folder !== undefined)
    refuse('TLS needs both --tls-cert and --tls-key.')
  return undefined
}
