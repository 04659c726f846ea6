/** The client's side of SRP, done before the clock starts so that it costs the measured machine nothing. RFC 5054; Cognito's derivation. */
import { createHash, createHmac } from 'node:crypto'
import { createModPow } from '../src/protocols/mod-pow.ts'
import { formatTimestamp, g, k, N, padHex } from '../src/protocols/srp.ts'

/** a = 1, which no client may do outside a benchmark: then A needs no exponentiation. */
export const A = g.toString(16)

export type Challenge = {
  readonly SALT: string
  readonly SRP_B: string
  readonly SECRET_BLOCK: string
  readonly USER_ID_FOR_SRP: string
}

const sha256 = (...parts: (string | Buffer)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const bytes = (n: bigint) => Buffer.from(padHex(n), 'hex')
const number = (buffer: Buffer) => BigInt(`0x${buffer.toString('hex')}`)

/** Answers challenges on all CPUs; close it when done. */
export function srpClient(poolId: string, password: string, threads: number) {
  const { modPow, close } = createModPow({ threads, waiting: 100_000 })
  const group = poolId.slice(poolId.indexOf('_') + 1)
  return {
    close,
    /** ChallengeResponses of PASSWORD_VERIFIER. */
    async respond({ SALT, SRP_B, SECRET_BLOCK, USER_ID_FOR_SRP }: Challenge): Promise<Record<string, string>> {
      const B = BigInt(`0x${SRP_B}`)
      const u = sha256(bytes(g), bytes(B))
      const x = number(sha256(bytes(BigInt(`0x${SALT}`)), sha256(`${group}${USER_ID_FOR_SRP}:${password}`)))
      const verifier = number(await modPow(bytes(g), bytes(x)))
      const base = (((B - k * verifier) % N) + N) % N
      const S = number(await modPow(bytes(base), bytes(1n + number(u) * x)))
      const pseudoRandom = createHmac('sha256', bytes(number(u)))
        .update(bytes(S))
        .digest()
      const key = createHmac('sha256', pseudoRandom).update('Caldera Derived Key\x01').digest().subarray(0, 16)
      const TIMESTAMP = formatTimestamp(Date.now())
      const signature = createHmac('sha256', key)
        .update(group)
        .update(USER_ID_FOR_SRP)
        .update(Buffer.from(SECRET_BLOCK, 'base64'))
        .update(TIMESTAMP)
        .digest('base64')
      return {
        USERNAME: USER_ID_FOR_SRP,
        PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
        PASSWORD_CLAIM_SIGNATURE: signature,
        TIMESTAMP,
      }
    },
  }
}
