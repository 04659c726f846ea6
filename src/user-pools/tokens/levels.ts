/**
 * Authentication levels: what proved factors are called in tokens, and which level they reach. Pure.
 * AWS: Developer Guide, "Authentication levels with ACR and AMR claims"; RFC 8176 for the names of factors.
 */
import type { Pool } from '../pools/pool.ts'

/** A factor that was proved, as `amr` names it: password, app, SMS, e-mail, passkey of this device or of another. */
export type Proof = 'pwd' | 'otp' | 'sms' | 'email_otp' | 'swk' | 'hwk'
export type Level = 1 | 2 | 3 | 4

const proofs: readonly Proof[] = ['pwd', 'otp', 'sms', 'email_otp', 'swk', 'hwk']
const isProof = (name: string): name is Proof => (proofs as readonly string[]).includes(name)

/** Each row a level and factors that reach it together; the highest level first. */
const reaching: readonly (readonly [level: Level, ...together: Proof[]])[] = [
  [4, 'pwd', 'otp'],
  [3, 'swk'],
  [3, 'hwk'],
  [3, 'pwd', 'sms'],
  [3, 'pwd', 'email_otp'],
  [2, 'sms'],
  [2, 'email_otp'],
  [1, 'pwd'],
]

/** The highest level that these factors reach; 0 where they reach none: of a custom challenge nobody knows what it proves. */
export const levelOf = (proved: readonly Proof[]): Level | 0 =>
  reaching.find(([, ...together]) => together.every((one) => proved.includes(one)))?.[0] ?? 0

/** What tokens say of how their user signed in. */
export type Authentication = { readonly acr?: string | undefined; readonly amr: readonly string[] }

type Leveled = Pick<Pool, 'settings'>

/** The pool's name of a level; none in the Lite plan. */
const acrOf = ({ settings }: Leveled, level: Level): string | undefined =>
  settings.AcrConfiguration?.[`Level${level}`]?.AcrValue

/** The claims for factors that were proved here; undefined in the Lite plan, and where nothing with a name was proved. */
export function authenticationBy(pool: Leveled, proved: readonly Proof[]): Authentication | undefined {
  const level = levelOf(proved)
  if (level === 0 || !pool.settings.AcrConfiguration) return undefined
  const amr: string[] = proofs.filter((one) => proved.includes(one))
  return { acr: acrOf(pool, level), amr: amr.length > 1 ? [...amr, 'mfa'] : amr }
}

/** What a provider said of how it knew its user; `mapping` is the provider's AcrMapping, level to its own name. */
export type Elsewhere = {
  readonly mapping: Readonly<Record<string, string>>
  readonly acr?: string | undefined
  readonly amr?: readonly string[] | undefined
}

/** The claims for a user of another provider: what has no level has the lowest, what has no name is `fed`. */
export function authenticationElsewhere(
  pool: Leveled,
  { mapping, acr, amr = [] }: Elsewhere,
): Authentication | undefined {
  if (!pool.settings.AcrConfiguration) return undefined
  const level = ([4, 3, 2, 1] as const).find((one) => acr !== undefined && mapping[`Level${one}`] === acr) ?? 1
  const known = amr.filter((one) => isProof(one) || one === 'mfa')
  return { acr: acrOf(pool, level), amr: known.length > 0 ? [...new Set(known)] : ['fed'] }
}

/** The factors of a session that is to be raised; what another provider proved is not proved here. */
export const proofsIn = (amr: readonly string[] | undefined): readonly Proof[] => (amr ?? []).filter(isProof)

/** The levels that a list of names asks for, in its order, best first; unknown names are skipped. */
export const levelsNamed = (pool: Leveled, names: string): readonly Level[] =>
  names
    .split(' ')
    .filter(Boolean)
    .flatMap((name) => ([1, 2, 3, 4] as const).filter((level) => acrOf(pool, level) === name))

/** Whether what a session says of itself is enough for one of the levels named; nothing named that is known asks nothing. */
export function satisfies(pool: Leveled, { acr }: Partial<Authentication>, names: string): boolean {
  const wanted = levelsNamed(pool, names)
  const [has = 0] = acr === undefined ? [] : levelsNamed(pool, acr)
  return wanted.length === 0 || wanted.some((level) => has >= level)
}
