/** The names a user goes by, as the pool's settings make them: username, sub, and aliases while they are active. */
import { aliasesOf, usernameIs } from '../pools/identifiers.ts'
import type { Pool } from '../pools/pool.ts'
import { standsAlone } from './identities.ts'
import type { Identifier } from './store.ts'
import type { User } from './user.ts'
import { canonicalName } from './username.ts'

/** A Username in a request has at most 128 characters, so nobody can go by more. */
const longestName = 128

/** The attributes by which users of the pool sign in whether verified or not. */
export const nameAttributes = (pool: Pool): readonly ('email' | 'phone_number')[] =>
  (({ free: [], email: ['email'], phone: ['phone_number'], either: ['email', 'phone_number'] }) as const)[
    usernameIs(pool)
  ]

/** Whether the attribute, as it stands, is a name of the user. AWS: Developer Guide, "Customizing sign-in attributes". */
function active(
  pool: Pool,
  attributes: User['attributes'],
  name: 'email' | 'phone_number' | 'preferred_username',
): boolean {
  if (name !== 'preferred_username' && nameAttributes(pool).includes(name)) return true
  if (!aliasesOf(pool).includes(name)) return false
  return name === 'preferred_username' || attributes[`${name}_verified`] === 'true'
}

/** Every name of the user in canonical form, each once. */
export function identifiersOf(pool: Pool, user: Pick<User, 'sub' | 'username' | 'attributes'>): Identifier[] {
  const names: Identifier[] = [
    { kind: 'username', value: canonicalName(pool, user.username) },
    { kind: 'sub', value: user.sub },
  ]
  if (standsAlone(user.attributes)) return names
  for (const kind of ['email', 'phone_number', 'preferred_username'] as const) {
    const value = user.attributes[kind]
    if (value && value.length <= longestName && active(pool, user.attributes, kind))
      names.push({ kind, value: canonicalName(pool, value) })
  }
  return names.filter((name, index) => names.findIndex(({ value }) => value === name.value) === index)
}
