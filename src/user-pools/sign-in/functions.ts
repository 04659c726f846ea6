/** What a pool's functions have to say about a sign-in: of a user nobody knows, before the proof, and after it. */
import { deviceTracking } from '../devices/device.ts'
import { migrateUser } from '../sign-up/migrate.ts'
import { triggerAttributes } from '../triggers/attributes.ts'
import { arnOf, callTrigger } from '../triggers/call.ts'
import { metadataFor } from '../triggers/metadata.ts'
import { hidesUsers } from '../users/existence.ts'
import { findUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { beginAttempt, lockName } from './attempts.ts'
import type { Progress } from './progress.ts'
import type { Turn } from './turn.ts'

/**
 * The user of that name; one whom only the pool's function knows, by this password, is made here and now. Asking the
 * function is an attempt like any other, or guesses at the passwords it knows would have no end.
 */
export async function findOrMigrate(turn: Turn, name: string, password: string): Promise<User | undefined> {
  const { world, pool, client, operation, clientMetadata: ClientMetadata } = turn
  const user = await findUser(world, pool, name)
  if (user || arnOf(pool, 'UserMigration') === undefined) return user
  const attempt = await beginAttempt(world, pool, lockName(pool, undefined, name))
  let migrated: User | undefined
  try {
    migrated = await migrateUser(world, pool, 'UserMigration_Authentication', {
      ...{ name, password, clientId: client.id },
      ...metadataFor(operation, 'UserMigration', { ClientMetadata }),
    })
  } catch (error) {
    await attempt.release()
    throw error
  }
  // Where unknown users look like known ones, the proof that follows fails and counts, once.
  if (migrated || hidesUsers(client)) await attempt.release()
  else await attempt.fail()
  return migrated
}

/** Asks PreAuthentication, which may refuse, before any password is looked at; of unknown users too where they are hidden. */
export async function askBeforeSignIn(turn: Turn, name: string, user: User | undefined): Promise<void> {
  const { world, pool, client, operation, clientMetadata: ClientMetadata } = turn
  await callTrigger(world, pool, 'PreAuthentication', 'PreAuthentication_Authentication', {
    userName: user?.username ?? name,
    clientId: client.id,
    request: {
      userAttributes: user ? triggerAttributes(user) : {},
      ...metadataFor(operation, 'PreAuthentication', { ClientMetadata }),
      ...(hidesUsers(client) && { userNotFound: user === undefined }),
    },
  })
}

/** Tells PostAuthentication, when every challenge is answered and no token is made yet. */
export async function tellSignedIn(turn: Turn, user: User, { device }: Progress): Promise<void> {
  const { world, pool, client, operation, clientMetadata: ClientMetadata } = turn
  await callTrigger(world, pool, 'PostAuthentication', 'PostAuthentication_Authentication', {
    userName: user.username,
    clientId: client.id,
    request: {
      userAttributes: triggerAttributes(user),
      ...(deviceTracking(pool) && { newDeviceUsed: device === undefined }),
      ...metadataFor(operation, 'PostAuthentication', { ClientMetadata }),
    },
  })
}
