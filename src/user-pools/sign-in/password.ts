/** Sign-in by sending the password itself. One Argon2 hash in every case. AWS: "Sign-in with passwords". */
import { passwordFits } from '../passwords/verify.ts'
import { provePassword, refuseEarly } from './admission.ts'
import { askBeforeSignIn, findOrMigrate } from './functions.ts'
import type { Given } from './progress.ts'
import { readName, type Turn, type Verdict } from './turn.ts'

export async function startPassword(turn: Turn, given: Given): Promise<Verdict> {
  const { world, pool } = turn
  const name = readName(turn, given)
  const user = await findOrMigrate(turn, name, given['PASSWORD'] ?? '')
  refuseEarly(turn, user)
  await askBeforeSignIn(turn, name, user)
  return provePassword(turn, name, user, () => passwordFits(world, pool, user, given['PASSWORD'] ?? ''))
}
