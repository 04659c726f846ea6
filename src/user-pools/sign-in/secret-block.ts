/** The SECRET_BLOCK of an SRP sign-in: all that the server must remember until the answer, sealed, so that no row is needed. */
import type { Step } from '../triggers/table.ts'
import type { Aim } from './progress.ts'
import type { Turn } from './turn.ts'

export type SecretBlock = {
  /** Random: what a second answer is known by. */
  readonly id: string
  readonly clientId: string
  readonly family: string
  /** The name the sign-in began with. */
  readonly name: string
  /** The user's sub, or the simulated one. */
  readonly sub: string
  /** USER_ID_FOR_SRP. */
  readonly userId: string
  /** The server's secret exponent, in hex. */
  readonly b: string
  readonly A: string
  readonly B: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** The device the sign-in began with, if it named one. */
  readonly deviceKey?: string | undefined
  /** Of a custom sign-in: what was answered so far. */
  readonly custom?: readonly Step[] | undefined
  /** The level that the sign-in aims at. */
  readonly aim?: Aim | undefined
}

const purpose = 'srp-secret-block'

/** Base64, for clients sign the bytes behind it. */
export const sealBlock = ({ world, pool }: Turn, block: SecretBlock): string =>
  Buffer.from(world.seal.seal(purpose, JSON.stringify(block), pool.id), 'base64url').toString('base64')

/** The block if it is this pool's, and was made for this client and family of operations. */
export function openBlock({ world, pool, client, family }: Turn, text: string): SecretBlock | undefined {
  const sealed = Buffer.from(text, 'base64').toString('base64url')
  const plain = world.seal.open(purpose, sealed, pool.id)
  if (!plain) return undefined
  const block = JSON.parse(plain.toString()) as SecretBlock
  return block.clientId === client.id && block.family === family ? block : undefined
}

/** The Session that goes with a block: a keyed hash of it. Answers may come without. */
export const sessionOf = ({ world }: Turn, block: SecretBlock): string =>
  Buffer.concat(['1', '2'].map((half) => world.seal.mac(`srp-session-${half}`, block.id))).toString('base64url')
