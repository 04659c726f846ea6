/** Whom a sign-in is about, by the name that was given. */
import { fail } from '../../wire/errors.ts'
import { simulatedSub } from '../passwords/srp.ts'
import { hidesUsers } from '../users/existence.ts'
import { findUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { refuseState } from './admission.ts'
import type { Turn } from './turn.ts'

/** Whoever a sign-in is about: a user who may sign in in some way, or a name like any other. */
export type Who = { readonly name: string; readonly sub: string; readonly user?: User | undefined }

/** Refuses unknown and disabled users to clients that do not hide them; to the others they are a name. */
export async function whoIs(turn: Turn, name: string): Promise<Who> {
  const { world, pool, client } = turn
  const user = await findUser(world, pool, name)
  const welcome = user?.enabled && user.status !== 'EXTERNAL_PROVIDER'
  if (welcome) return { name, sub: user.sub, user }
  if (!hidesUsers(client)) refuseState(user ?? fail('UserNotFoundException', 'User does not exist.'))
  return { name, sub: simulatedSub(world, pool, name) }
}
