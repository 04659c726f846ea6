/** The words of a sign-in: a turn is one request of it, a question what the caller must answer next, a verdict what a turn came to. */
import type { ChallengeNameType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import { checkSecretHash } from '../clients/secret-hash.ts'
import type { Pool } from '../pools/pool.ts'
import type { Origin as RiskOrigin } from '../risk/event.ts'
import type { Tokens } from '../tokens/issue.ts'
import type { Authentication } from '../tokens/levels.ts'
import type { Origin } from '../tokens/session.ts'
import type { MetadataOperation } from '../triggers/metadata.ts'
import type { User } from '../users/user.ts'
import type { Aim, Given, Progress } from './progress.ts'

/**
 * A sign-in stays in the family of operations it began in: a Session of the hosted pages is worth nothing at the API, and
 * the reverse. unproved: whether AWS refuses to mix them.
 */
export type Family = 'public' | 'admin' | 'hosted'

export type Turn = {
  readonly world: World
  readonly pool: Pool
  readonly client: Client
  readonly family: Family
  /** The call that this turn is, and what came along with it for the pool's functions. */
  readonly operation: SignInOperation
  readonly clientMetadata?: Given | undefined
  /** What a sign-in may begin with instead of a name: the Session of a sign-up. */
  readonly signedUp?: string | undefined
  /** Where the request comes from. */
  readonly from?: Origin | undefined
  /** The same, as the judgement of risk sees it. */
  readonly origin: RiskOrigin
  /** The hosted pages take the user where the API takes tokens; those are issued for a code, later and elsewhere. */
  readonly onSignedIn?: ((user: User, authentication: Authentication | undefined) => void) | undefined
  /** At the hosted pages: the levels that the app asks for, best first. */
  readonly acrValues?: string | undefined
  /** The level that the sign-in under way aims at. */
  readonly aim?: Aim | undefined
}

export type SignInOperation = Extract<MetadataOperation, `${string}Auth` | `${string}AuthChallenge`>

export type Question = {
  readonly challenge: ChallengeNameType
  readonly parameters: Readonly<Record<string, string>>
  /** AvailableChallenges, where there is a choice. */
  readonly available?: readonly ChallengeNameType[]
  /** The sub, or the simulated one, of whoever must answer. */
  readonly sub: string
  readonly progress: Progress
  /** Where the challenge carries its own state, the Session that belongs to it. */
  readonly session?: string
}

export type Verdict =
  | { readonly passed: User; readonly progress: Progress }
  | { readonly ask: Question }
  | { readonly tokens: Tokens }

export type Outcome =
  | { AuthenticationResult?: Tokens; ChallengeParameters: Record<string, string> }
  | {
      ChallengeName: ChallengeNameType
      Session: string
      ChallengeParameters: Record<string, string>
      AvailableChallenges?: ChallengeNameType[]
    }

/** Refuses a request without a parameter of its flow or challenge. */
export function checkNeeds(given: Given, needs: readonly string[]): void {
  for (const name of needs) if (!given[name]) fail('InvalidParameterException', `Missing required parameter ${name}`)
}

/** The user name of the request, whose SECRET_HASH must fit exactly this spelling. */
export function readName(turn: Turn, given: Given): string {
  checkNeeds(given, ['USERNAME'])
  const name = given['USERNAME'] ?? ''
  checkSecretHash(turn.client, name, given['SECRET_HASH'])
  return name
}

/** How long an unanswered challenge lives, in milliseconds: AuthSessionValidity is in minutes. */
export const patienceOf = (client: Client): number => client.settings.AuthSessionValidity * 60_000
