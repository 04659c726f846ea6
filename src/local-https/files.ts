/**
 * TLS in production: certificate and key from files, as an ACME client or a secret store leaves them there, read again
 * when they change. A new pair that does not fit together is passed over: the old one goes on serving.
 */
import { readFileSync, statSync, unwatchFile, watchFile } from 'node:fs'
import { join } from 'node:path'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Logger } from 'pino'
import { SettingError } from '../config.ts'
import type { Tls } from '../wire/tell-apart.ts'

export type CertificateFiles = {
  readonly cert: string
  readonly key: string
  /** A folder of `<host name>.pem`, chain and key in one file, for domains of their own name. */
  readonly folder: string | undefined
}

/** Milliseconds between two looks at a file. */
const look = 5_000
const mostNames = 1_000

export type FileTls = Tls & {
  /** Reads everything again now. */
  reload(): void
  close(): void
}

/** Refuses files that cannot be read and a key that is not the certificate's. */
export function fileTls({ cert, key, folder }: CertificateFiles, log: Logger): FileTls {
  const read = () => {
    const pair = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
    createSecureContext(pair)
    return pair
  }
  let usual: ReturnType<typeof read>
  try {
    usual = read()
  } catch (error) {
    throw new SettingError(`--tls-cert, --tls-key: ${error instanceof Error ? error.message : error}`)
  }
  const named = new Map<string, Named>()
  function reload(): void {
    named.clear()
    try {
      usual = read()
      log.info({ cert }, 'certificate read')
    } catch (error) {
      log.error({ err: error, cert }, 'the new certificate cannot be used; the old one goes on serving')
    }
  }
  for (const file of [cert, key]) watchFile(file, { interval: look, persistent: false }, reload)
  return {
    plain: false,
    usual: () => usual,
    contextFor: (name) => (folder === undefined ? undefined : contextIn(folder, named, name.toLowerCase(), log)),
    reload,
    close() {
      for (const file of [cert, key]) unwatchFile(file, reload)
    },
  }
}

type Named = { readonly context: SecureContext | undefined; readonly changedAt: number; readonly lookedAt: number }

/** The name becomes that of a file: only what host names are made of may pass. RFC 1123 2.1. */
const hostName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/

/** The file is looked at every few seconds at most; a name without one gets the usual certificate. */
function contextIn(folder: string, named: Map<string, Named>, name: string, log: Logger): SecureContext | undefined {
  if (name.length > 253 || !hostName.test(name)) return undefined
  const before = named.get(name)
  const now = Date.now()
  if (before && now - before.lookedAt < look) return before.context
  const file = join(folder, `${name}.pem`)
  const changedAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
  let context = changedAt === before?.changedAt ? before.context : undefined
  if (changedAt > 0 && changedAt !== before?.changedAt) {
    try {
      const text = readFileSync(file, 'utf8')
      context = createSecureContext({ cert: text, key: text })
    } catch (error) {
      log.error({ err: error, file }, 'a certificate cannot be used')
      context = before?.context
    }
  }
  named.set(name, { context, changedAt, lookedAt: now })
  const [oldest] = named.keys()
  if (named.size > mostNames && oldest !== undefined) named.delete(oldest)
  return context
}
