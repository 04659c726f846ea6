/** The world: everything outside the process, so that rules can be tested and nothing reaches out on its own. */
import type { Logger } from 'pino'
import type { Seal } from './protocols/seal.ts'
import type { Db } from './store/db.ts'

export type World = {
  readonly settings: Settings
  readonly db: Db
  /** Epoch milliseconds. */
  now(): number
  /** Cryptographically random bytes. */
  random(bytes: number): Buffer
  readonly log: Logger
  /** Hands a message to the mailbox or the provider; rejects if delivery failed. */
  send(message: Message): Promise<void>
  /** Encrypts and keyed-hashes under the master key, which lives outside the database. */
  readonly seal: Seal
  readonly slow: Slow
  /** The account's root access keys: id to secret. */
  readonly rootKeys: ReadonlyMap<string, string>
  /** Resolves when the database answers. */
  ready(): Promise<void>
}

export type Settings = {
  /** Twelve digits. */
  readonly account: string
  /** Where unsigned and region-less requests go. */
  readonly region: string
  /** Base of links and hosted domains, without a trailing slash. */
  readonly publicUrl: string
  /** Base of the `iss` claim without a trailing slash, or `aws` for AWS's own form. */
  readonly issuer: string
  readonly dev: boolean
  /** Development only: every code sent is this one. */
  readonly devCode: string | undefined
  readonly dataFolder: string
}

/** Expensive arithmetic, done off the event loop in bounded queues. */
export type Slow = {
  /** Argon2id in PHC form. */
  hashPassword(password: string): Promise<string>
  /** Whether the password fits the PHC string. */
  verifyPassword(hash: string, password: string): Promise<boolean>
  /** base ^ exponent mod N of the SRP group; big-endian bytes in and out. */
  modPow(base: Uint8Array, exponent: Uint8Array): Promise<Buffer>
  /** RSASSA-PKCS1-v1_5 signature over data. `hash` is `sha256` or `sha512`. */
  signRsa(hash: 'sha256' | 'sha512', privateKeyPem: string, data: string): Promise<Buffer>
}

export type Message = {
  readonly channel: 'email' | 'sms'
  readonly to: string
  /** E-mail only. */
  readonly subject: string
  /** E-mail: HTML allowed. SMS: text. */
  readonly body: string
  /** The code or temporary password inside, for the mailbox's machine-readable list. */
  readonly code: string
  readonly sentAt: number
}
