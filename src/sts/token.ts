/** Session tokens: everything a node must know of temporary credentials, sealed, so that any node can check them alone. */
import { hash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Seal } from '../protocols/seal.ts'
import type { Caller } from '../wire/caller.ts'
import type { SignIn } from './sign-ins.ts'

export type Session = {
  readonly kind: 'role' | 'root' | 'user' | 'federated'
  readonly secret: string
  /** Epoch milliseconds, both. */
  readonly issuedAt: number
  readonly expiresAt: number
  /** Role sessions only. The id outlives the name: a role made anew under the same name has another. */
  readonly role?: { readonly id: string; readonly name: string; readonly path: string }
  /** The user of IAM whose session it is, or who made the federated user. */
  readonly user?: { readonly id: string }
  /** When a second factor was proved for it; epoch milliseconds. */
  readonly mfaAt?: number
  /** The session's name, or the federated user's. */
  readonly name: string
  /** Condition keys that the credentials carry into every request. */
  readonly context: Readonly<Record<string, string | readonly string[]>>
  readonly provider?: string
  /** Session policies: documents, and ids of managed policies. */
  readonly policies?: readonly string[]
  readonly managed?: readonly string[]
  /** The two policies that limit guests apply; they are known to every node and not in the token. */
  readonly guest?: true
  readonly transitiveTags?: readonly string[]
  /** Sign-ins at user pools that the credentials do not outlive. */
  readonly signIns?: readonly SignIn[]
  /** What a session of AssumeRoot is for: the name of the task policy, which every node knows. */
  readonly task?: string
  /** The delegation that the session rests on: its own, or that of whoever assumed the role. */
  readonly delegation?: Caller['delegation']
  /** It is the approver's session, for what was approved. */
  readonly delegated?: true
}

const purpose = 'session-token'
/** From here on the text is worth compressing: tokens travel in every request. */
const longText = 600
const compressed = 0

/** The token, bound to its access key id: beside another key it opens as nothing. Of `least` bytes, if that is more. */
export function sealSession(seal: Seal, accessKeyId: string, session: Session, least = 0): string {
  const text = JSON.stringify(session)
  const plain = text.length < longText ? text : Buffer.concat([Buffer.of(compressed), deflateRawSync(text)])
  const token = seal.seal(purpose, plain, accessKeyId)
  // Three bytes of text become four of base64.
  return token.length >= least ? token : seal.seal(purpose, text.padEnd(Math.ceil((least * 3) / 4)), accessKeyId)
}

const mostOpened = 10_000
/** By seal, because one process may hold several worlds. A Map iterates by insertion: the first was used longest ago. */
const opened = new WeakMap<Seal, Map<string, Session>>()

/** The session in the token, expired ones too, or undefined if it is not ours or not this key's. */
export function openSession(seal: Seal, accessKeyId: string, token: string): Session | undefined {
  const known = opened.get(seal) ?? new Map<string, Session>()
  opened.set(seal, known)
  const key = hash('sha256', `${accessKeyId}\n${token}`, 'base64')
  const session = known.get(key) ?? unseal(seal, accessKeyId, token)
  if (!session) return undefined
  known.delete(key)
  known.set(key, session)
  const [oldest] = known.keys()
  if (known.size > mostOpened && oldest !== undefined) known.delete(oldest)
  return session
}

function unseal(seal: Seal, accessKeyId: string, token: string): Session | undefined {
  // Base64 may be written in many ways; one token is one text.
  if (Buffer.from(token, 'base64url').toString('base64url') !== token) return undefined
  const plain = seal.open(purpose, token, accessKeyId)
  if (!plain) return undefined
  const text = plain[0] === compressed ? inflateRawSync(plain.subarray(1)) : plain
  return JSON.parse(text.toString('utf8')) as Session
}
