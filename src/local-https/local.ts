/** TLS in development: for every name of this machine a certificate, made when somebody first asks for it. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Logger } from 'pino'
import { printCertificate, serverCertificate } from '../protocols/certificate-authority.ts'
import type { Tls } from '../wire/tell-apart.ts'
import { type Authority, openAuthority } from './authority.ts'

const day = 86_400_000
/** Apple's limit is 825 days, for authorities that people install themselves. */
const life = 90 * day
/** Names are the visitors' to choose; these are kept. */
const mostNames = 500

type Pair = { readonly key: string; readonly cert: string }

/** `prefix.auth.localhost`, however deep; labels as host names have them (RFC 1123 2.1). */
const isLocal = (name: string): boolean =>
  name.length <= 253 && /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*localhost$/.test(name)

/** Answers TLS beside plain HTTP. Nothing is made before the first visitor speaks TLS. */
export function localTls(folder: string, log: Pick<Logger, 'error'>, now: () => number = Date.now): Tls {
  let authority: Authority | undefined
  let usual: (Pair & { readonly until: number }) | undefined
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keyPem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const contexts = new Map<string, { readonly context: SecureContext; readonly until: number }>()

  function open(): Authority {
    try {
      return openAuthority(folder, now())
    } catch (error) {
      log.error({ err: error, folder }, 'the local certificate authority cannot be opened')
      throw error
    }
  }
  function pairFor(names: readonly string[]): Pair {
    authority ??= open()
    const validity = { serial: randomBytes(16), from: now() - day, until: now() + life }
    const leaf = printCertificate(serverCertificate(authority, key, names, validity))
    return { key: keyPem, cert: `${leaf}${authority.certificate}` }
  }
  return {
    plain: true,
    usual() {
      if (!usual || usual.until <= now()) {
        usual = { ...pairFor(['localhost', '127.0.0.1', '::1']), until: now() + life / 2 }
      }
      return usual
    },
    contextFor(given) {
      const name = given.toLowerCase()
      if (!isLocal(name)) return undefined
      const known = contexts.get(name)
      contexts.delete(name)
      const found =
        known && known.until > now()
          ? known
          : { context: createSecureContext(pairFor([name])), until: now() + life / 2 }
      contexts.set(name, found)
      const [oldest] = contexts.keys()
      if (contexts.size > mostNames && oldest !== undefined) contexts.delete(oldest)
      return found.context
    },
  }
}
