/** Signing in from tests by the raw protocol: an SRP client whose every part can be bent. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { g, k, N, padHex } from '../../src/protocols/srp.ts'

const sha256 = (...parts: (Uint8Array | string)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const bytes = (n: bigint) => Buffer.from(padHex(n), 'hex')
const number = (buffer: Uint8Array) => BigInt(`0x${Buffer.from(buffer).toString('hex')}`)

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let square = base % N, e = exponent; e > 0n; e >>= 1n, square = (square * square) % N) {
    if (e & 1n) result = (result * square) % N
  }
  return result
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const pad = (n: number) => String(n).padStart(2, '0')

/** `Tue May 7 00:09:40 UTC 2025` of epoch milliseconds. */
export function timestamp(ms: number): string {
  const at = new Date(ms)
  const clock = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(pad).join(':')
  return `${days[at.getUTCDay()]} ${months[at.getUTCMonth()]} ${at.getUTCDate()} ${clock} UTC ${at.getUTCFullYear()}`
}

/** A client's half of one SRP sign-in. Written from Amplify's formulas, apart from the server's code. */
export function srpClient(poolId: string) {
  const a = number(randomBytes(32))
  const A = power(g, a)
  const group = poolId.slice(poolId.indexOf('_') + 1)
  return {
    A: A.toString(16),
    /** The ChallengeResponses to the parameters of PASSWORD_VERIFIER. */
    answer(parameters: Record<string, string> | undefined, password: string, now = Date.now()): Record<string, string> {
      const { SALT = '0', SRP_B = '1', SECRET_BLOCK = '', USER_ID_FOR_SRP = '' } = parameters ?? {}
      const B = BigInt(`0x${SRP_B}`)
      const u = number(sha256(bytes(A), bytes(B)))
      const x = number(sha256(bytes(BigInt(`0x${SALT}`)), sha256(`${group}${USER_ID_FOR_SRP}:${password}`)))
      const S = power((((B - k * power(g, x)) % N) + N) % N, a + u * x)
      const prk = createHmac('sha256', bytes(u)).update(bytes(S)).digest()
      const key = createHmac('sha256', prk).update('Caldera Derived Key\x01').digest().subarray(0, 16)
      const TIMESTAMP = timestamp(now)
      const message = [group, USER_ID_FOR_SRP, Buffer.from(SECRET_BLOCK, 'base64'), TIMESTAMP]
      const signature = message.reduce((hmac, part) => hmac.update(part), createHmac('sha256', key))
      return {
        USERNAME: USER_ID_FOR_SRP,
        PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
        PASSWORD_CLAIM_SIGNATURE: signature.digest('base64'),
        TIMESTAMP,
      }
    },
  }
}

/** The claims of a token, unverified. */
export const claimsOf = (token: string | undefined): Record<string, unknown> =>
  JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString())

export const headerOf = (token: string | undefined): Record<string, unknown> =>
  JSON.parse(Buffer.from(token?.split('.')[0] ?? '', 'base64url').toString())
