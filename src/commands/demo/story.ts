/** A story is a list of steps; each is asked of the server, and its answer is held to what the step expects. */
import type { Clients, Keys, Sdk } from './sdk.ts'
import type { Target } from './target.ts'

/** What the steps know and learn on their way. */
export type Stage = {
  readonly sdk: Sdk
  readonly target: Target
  /** Clients that sign with these keys; without keys, those that need no signature. */
  as(keys?: Keys): Clients
  readonly email: string
  readonly password: string
  readonly picture: { readonly name: string; readonly bytes: Uint8Array }
  /** What an earlier step put there; a step that comes too early is told so. */
  readonly learned: Learned
}

export type Learned = {
  tokens?: { idToken: string; accessToken: string; refreshToken: string }
  identityId?: string
  keys?: Keys
  guestId?: string
  guestKeys?: Keys
  link?: string
}

export type Step = {
  readonly title: string
  /** `allowed`, or the refusal: its code and its HTTP status. */
  readonly wanted: 'allowed' | { readonly code: string; readonly status: number }
  /** Why it is so, in a sentence. */
  readonly why: string
  /** Answers lines worth printing. */
  run(stage: Stage): Promise<readonly string[] | undefined>
}

export type Chapter = { readonly title: string; readonly steps: readonly Step[] }

export type Outcome = {
  readonly ok: boolean
  readonly wanted: string
  readonly got: string
  /** Facts of what was allowed, or the server's words of refusal. */
  readonly lines: readonly string[]
}

/** A refusal that no SDK threw: of a plain HTTP request. */
export class Refused extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export async function perform(step: Step, stage: Stage): Promise<Outcome> {
  const wanted = step.wanted === 'allowed' ? 'allowed' : `refused: ${step.wanted.status} ${step.wanted.code}`
  try {
    const lines = await step.run(stage)
    return { ok: step.wanted === 'allowed', wanted, got: 'allowed', lines: lines ?? [] }
  } catch (error) {
    const { status, code, message, why } = refusalOf(error)
    const got = status ? `refused: ${status} ${code}` : `failed: ${code}`
    return { ok: got === wanted, wanted, got, lines: [message, ...(why ? [why] : [])] }
  }
}

type SdkError = Error & {
  $metadata?: { httpStatusCode?: number }
  $response?: { headers?: Record<string, string | undefined> }
}

function refusalOf(error: unknown): { status: number | undefined; code: string; message: string; why?: string } {
  if (error instanceof Refused) return { status: error.status, code: error.code, message: error.message }
  if (!(error instanceof Error)) return { status: undefined, code: 'unknown', message: String(error) }
  const { name, message, $metadata, $response } = error as SdkError
  const why = $response?.headers?.['x-poolhouse-explain']
  return { status: $metadata?.httpStatusCode, code: name, message, ...(why && { why }) }
}

/** What an earlier step has learned. */
export function known<Name extends keyof Learned>({ learned }: Stage, name: Name): NonNullable<Learned[Name]> {
  const value = learned[name]
  if (value === undefined) throw new Error(`An earlier step should have learned ${name}.`)
  return value
}
