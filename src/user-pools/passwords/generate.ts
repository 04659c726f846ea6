/** Temporary passwords: random, obeying the pool's policy, and readable in a letter. */
import type { Pool } from '../pools/pool.ts'
import { policyOf } from './policy.ts'

/** Without characters that look alike, and without symbols that mean something in HTML or end an SMS link. */
const classes = ['abcdefghijkmnpqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789', '!@#$%^*()-_=+?'] as const
const all = classes.join('')

const leastLength = 12

/** One character of each class, the rest of any, in random order: some 70 bits at the least length. */
export function generatePassword(pool: Pool, random: (bytes: number) => Uint8Array): string {
  const length = Math.max(leastLength, policyOf(pool).MinimumLength)
  const characters = classes.map((letters) => letters.charAt(below(letters.length, random)))
  while (characters.length < length) characters.push(all.charAt(below(all.length, random)))
  for (let last = characters.length - 1; last > 0; last -= 1) {
    const other = below(last + 1, random)
    const [a = '', b = ''] = [characters[last], characters[other]]
    characters[last] = b
    characters[other] = a
  }
  return characters.join('')
}

/** An integer from 0 to `bound` - 1, each as likely: bytes of the last, incomplete round are drawn again. */
function below(bound: number, random: (bytes: number) => Uint8Array): number {
  const most = 256 - (256 % bound)
  for (;;) {
    const [byte = 255] = random(1)
    if (byte < most) return byte % bound
  }
}
