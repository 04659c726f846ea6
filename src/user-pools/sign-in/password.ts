/** Sign-in by sending the password itself. One Argon2 hash in every case. AWS: "Sign-in with passwords". */
import { passwordFits } from '../passwords/verify.ts'
import { findUser } from '../users/find.ts'
import { provePassword } from './admission.ts'
import { type Given, readName, type Turn, type Verdict } from './turn.ts'

export async function startPassword(turn: Turn, given: Given): Promise<Verdict> {
  const { world, pool } = turn
  const name = readName(turn, given)
  const user = await findUser(world, pool, name)
  return provePassword(turn, name, user, () => passwordFits(world, pool, user, given['PASSWORD'] ?? ''))
}
