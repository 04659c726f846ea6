/** The identities of a user, and the attribute that shows them: changed together, inside a transaction. */
import type { Db } from '../../store/db.ts'
import type { Pool } from '../pools/pool.ts'
import { writeAttributes } from '../users/attributes.ts'
import { type IdentityEntry, printIdentities, readIdentities } from '../users/identities.ts'
import type { User } from '../users/user.ts'
import type { FederatedIdentity } from './identity-store.ts'
import { deleteIdentity, insertIdentity, readIdentitiesOf } from './identity-store.ts'

/** AWS's name for what a provider calls its user for ever. */
export const subjectAttribute = 'Cognito_Subject'

export const entryOf = (one: FederatedIdentity): IdentityEntry => ({
  userId: one.value,
  providerName: one.provider,
  providerType: one.providerType,
  issuer: one.issuer ?? null,
  primary: one.standsAlone,
  dateCreated: one.createdAt,
})

/** The provider that a profile began with stays its own, barred or not: else the addresses it brought became names. */
async function showIdentities(db: Db, pool: Pool, sub: string, now: number): Promise<void> {
  const entries = (await readIdentitiesOf(db, pool.id, sub)).map(entryOf)
  const shown = ({ attributes }: Pick<User, 'attributes'>) =>
    entries.some(({ primary }) => primary)
      ? entries
      : [...readIdentities(attributes).filter(({ primary }) => primary), ...entries]
  await writeAttributes(db, pool, sub, (user) => ({ identities: printIdentities(shown(user)) }), { now })
}

/** False if the identity opens an account already. */
export async function addIdentity(db: Db, pool: Pool, identity: FederatedIdentity, now: number): Promise<boolean> {
  if (!(await insertIdentity(db, pool.id, identity))) return false
  await showIdentities(db, pool, identity.sub, now)
  return true
}

/** False if it is gone already. */
export async function removeIdentity(db: Db, pool: Pool, identity: FederatedIdentity, now: number): Promise<boolean> {
  if (!(await deleteIdentity(db, pool.id, identity))) return false
  await showIdentities(db, pool, identity.sub, now)
  return true
}
