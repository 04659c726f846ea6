/** What a sign-in remembers between its challenges. */
import type { SignInRisk } from '../risk/sign-in.ts'
import type { Level, Proof } from '../tokens/levels.ts'
import type { Step } from '../triggers/table.ts'

/** AuthParameters or ChallengeResponses. */
export type Given = Readonly<Record<string, string>>

/** The level that a sign-in is for. */
export type Aim = {
  /** Any of them will do; the first that can be reached is meant. */
  readonly levels: readonly Level[]
  /** What was proved before this sign-in, and need not be again. */
  readonly had: readonly Proof[]
}

/** What a sign-in remembers of the device it comes from. */
export type DeviceProgress = {
  readonly key: string
  /** It is remembered, can prove itself, and the pool wants it to. */
  readonly mayProve: boolean
  readonly proved?: boolean
  /** Between its two challenges: the server's half of SRP, the client's number, and the block to be signed. */
  readonly exchange?: { readonly b: string; readonly A: string; readonly B: string; readonly block: string }
}

/** What the pool's own functions asked so far. */
export type CustomProgress = {
  readonly results: readonly Step[]
  /** The function has said that it is enough. */
  readonly settled?: boolean
  /** Of the challenge under way: what the answer is compared with, and what the function calls it. */
  readonly expected?: Given
  readonly metadata?: string
}

/** What the factors proved so far leave to remember. */
export type Progress = {
  /** No failed attempt was on record: the end of the sign-in has none to clear. */
  readonly clean: boolean
  /** When the password was set that was proved: another one ends the sign-in. */
  readonly passwordSetAt?: number
  /** A new password was chosen on the way. */
  readonly newPassword?: boolean
  /** The factors that were proved, by the names that tokens give them. */
  readonly proved?: readonly Proof[]
  /** The level that the tokens are wanted for. */
  readonly aim?: Aim
  /** A second factor was proved, or what was proved stands for both. */
  readonly secondFactor?: boolean
  /** The code or passkey that is asked for begins the sign-in: nothing was proved before it. */
  readonly first?: boolean
  /** What a passkey is to sign. */
  readonly passkeyChallenge?: string
  /** A device of the user's that the sign-in comes from, where the pool tracks devices. */
  readonly device?: DeviceProgress
  /** Where the pool's own functions ask. */
  readonly custom?: CustomProgress
  /** How risky it looks, in a pool with threat protection. */
  readonly risk?: SignInRisk
}
