/** One-time passwords: counted (RFC 4226) and by the clock (RFC 6238), made and recognised. */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'

export type TotpOptions = {
  /** Seconds; 30 as authenticator apps assume. */
  readonly step?: number
  readonly digits?: number
  readonly algorithm?: 'sha1' | 'sha256' | 'sha512'
}

const defaults = { step: 30, digits: 6, algorithm: 'sha1' } as const

/** RFC 4226 5.3: the code of a counter. */
export function hotp(key: Uint8Array, counter: number, options: Omit<TotpOptions, 'step'> = {}): string {
  const { digits, algorithm } = { ...defaults, ...options }
  const moving = Buffer.alloc(8)
  moving.writeBigUInt64BE(BigInt(counter))
  const mac = createHmac(algorithm, createSecretKey(key)).update(moving).digest()
  const offset = (mac.at(-1) ?? 0) & 15
  const truncated = mac.readUInt32BE(offset) & 0x7fffffff
  return String(truncated % 10 ** digits).padStart(digits, '0')
}

/** RFC 6238 4.2: which step a moment, in epoch milliseconds, belongs to. */
export const stepAt = (now: number, step: number = defaults.step): number => Math.floor(now / 1000 / step)

/** The code of a moment. */
export const totp = (key: Uint8Array, now: number, options: TotpOptions = {}): string =>
  hotp(key, stepAt(now, options.step), options)

/**
 * The step whose code this is, from `drift` steps before the present one to as many after it; undefined if it is none of
 * theirs. Exactly the digits are accepted: a space or a leading zero too many makes another text, and no code.
 * Every step is computed and compared in constant time, so that the answer's time says nothing.
 */
export function matchingStep(
  key: Uint8Array,
  code: string,
  now: number,
  options: TotpOptions & { readonly drift?: number } = {},
): number | undefined {
  const { drift = 1, digits = defaults.digits } = options
  const given = Buffer.from(code)
  if (given.length !== digits) return undefined
  const present = stepAt(now, options.step)
  let found: number | undefined
  for (let step = Math.max(0, present - drift); step <= present + drift; step += 1) {
    if (timingSafeEqual(Buffer.from(hotp(key, step, options)), given)) found = step
  }
  return found
}
