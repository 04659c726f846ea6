/**
 * The certificate authority of one data folder: made on first use, kept in a file that its owner alone may read, and
 * bound by its name constraints to names that lead to this machine. Stolen, it opens nobody's bank.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SettingError } from '../config/setting.ts'
import { authorityCertificate, printCertificate } from '../protocols/certificate-authority.ts'
import { makeFolder } from '../store/folder.ts'

export type Authority = {
  readonly name: string
  readonly privateKey: KeyObject
  /** PEM. */
  readonly certificate: string
}

/** What it may speak for: these names are this machine's own everywhere (RFC 6761 6.3). */
export const localNames = { domains: ['localhost'], addresses: ['127.0.0.1', '::1'] } as const

const years = (count: number) => count * 365 * 86_400_000
/** Clocks of one machine agree; those of its containers nearly. */
const ago = 3_600_000

const fileOf = (folder: string) => join(folder, 'local-ca.pem')
/** Whether one was made. */
export const hasAuthority = (folder: string): boolean => existsSync(fileOf(folder))
/** The certificate alone, for whoever wants to trust it. */
export const certificateFile = (folder: string): string => join(folder, 'local-ca.crt')

/** The folder's authority, made now if there is none. */
export function openAuthority(folder: string, now = Date.now()): Authority {
  const file = fileOf(folder)
  if (!existsSync(file)) make(folder, now)
  const text = readFileSync(file, 'utf8')
  try {
    const certificate = new X509Certificate(text)
    return {
      name: certificate.subject.replace(/^CN=/, ''),
      privateKey: createPrivateKey(text),
      certificate: certificate.toString(),
    }
  } catch (error) {
    throw new SettingError(`${file} is no authority (${(error as Error).message}). Delete it to have a new one made.`)
  }
}

/** A server and `poolhouse trust` may make it together: the first to link its file wins, and both read that one. */
function make(folder: string, now: number): void {
  makeFolder(folder)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const serial = randomBytes(16)
  // Stores tell authorities apart by their names: two data folders have two.
  const name = `Poolhouse local authority ${serial.toString('hex', 0, 4)}`
  const validity = { serial, from: now - ago, until: now + years(10) }
  const certificate = printCertificate(authorityCertificate(name, privateKey, localNames, validity))
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const draft = `${fileOf(folder)}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, `${key}${certificate}`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, fileOf(folder))
    writeFileSync(certificateFile(folder), certificate, { mode: 0o644 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
}
