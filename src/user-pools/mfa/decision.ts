/**
 * What second factor a sign-in needs after a right password. Pure. AWS: Developer Guide, "Adding MFA to a user pool",
 * how it decides at sign-in.
 */
import type { Factor } from './factors.ts'

export type Facts = {
  /** MfaConfiguration. */
  readonly mode: 'OFF' | 'OPTIONAL' | 'ON'
  /** On in the pool. */
  readonly on: readonly Factor[]
  /** On in the pool, and the user could answer it. */
  readonly reachable: readonly Factor[]
  /** Switched on by the user or an administrator. */
  readonly enabled: readonly Factor[]
  readonly preferred: Factor | undefined
  /** Serves to recover the account first of all. */
  readonly recovery: Factor | undefined
}

export type Decision =
  | { readonly need: 'nothing' }
  | { readonly need: 'answer'; readonly factor: Factor }
  | { readonly need: 'choice'; readonly among: readonly Factor[] }
  | { readonly need: 'set-up'; readonly among: readonly Factor[] }
  /** A factor is required, and the user can neither answer nor set one up. */
  | { readonly need: 'impossible' }

const nothing: Decision = { need: 'nothing' }

export function decide(facts: Facts): Decision {
  const { mode, reachable, preferred, recovery } = facts
  if (mode === 'OFF') return nothing
  // Where MFA is optional it is up to the user; where it is required, whatever can reach them serves.
  const usable = mode === 'OPTIONAL' ? reachable.filter((factor) => facts.enabled.includes(factor)) : reachable
  if (preferred !== undefined && usable.includes(preferred)) return { need: 'answer', factor: preferred }
  if (mode === 'OPTIONAL') return usable.length === 0 ? nothing : ask(usable)
  const serving = usable.filter((factor) => factor !== recovery)
  return serving.length > 0 ? ask(serving) : setUp(facts)
}

/** What the risk of a sign-in demands, where pool and user demand nothing. */
export type Demand = 'if-configured' | 'required'

/** As `decide`; then whatever can reach the user serves, and who has nothing is let through, or not. */
export function decideUnderRisk(facts: Facts, demand: Demand | undefined): Decision {
  const decision = decide(facts)
  if (demand === undefined || decision.need !== 'nothing') return decision
  if (facts.mode !== 'OFF' && facts.reachable.length > 0) return ask(facts.reachable)
  return demand === 'required' ? { need: 'impossible' } : nothing
}

function ask(usable: readonly Factor[]): Decision {
  const [only] = usable
  return usable.length === 1 && only ? { need: 'answer', factor: only } : { need: 'choice', among: usable }
}

/** A phone number cannot be given in the middle of a sign-in: SMS alone is no way out. */
function setUp({ on, recovery }: Facts): Decision {
  const among = on.filter((factor) => factor !== recovery)
  return among.some((factor) => factor !== 'SMS_MFA') ? { need: 'set-up', among } : { need: 'impossible' }
}
