/** What users of a pool may call themselves: usernames, aliases, and whether case matters. */
import type { Pool } from './pool.ts'

export type Alias = 'email' | 'phone_number' | 'preferred_username'

/** What the Username of a new user must be: anything, or an address or number of its own. */
export function usernameIs(pool: Pool): 'free' | 'email' | 'phone' | 'either' {
  const attributes = pool.settings.UsernameAttributes ?? []
  const [email, phone] = [attributes.includes('email'), attributes.includes('phone_number')]
  if (email && phone) return 'either'
  return email ? 'email' : phone ? 'phone' : 'free'
}

/** The attributes that, once verified, serve as a second username. */
export const aliasesOf = (pool: Pool): readonly Alias[] => pool.settings.AliasAttributes ?? []

/** AWS: pools made through the API tell case apart unless UsernameConfiguration says otherwise. */
export const caseSensitive = (pool: Pool): boolean => pool.settings.UsernameConfiguration?.CaseSensitive ?? true
