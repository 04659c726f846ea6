/** Finds the terms that a client's pages show. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { linkFor } from './document.ts'
import { readTermsOf } from './store.ts'

/** Both addresses, or nothing: AWS shows the sentence only when both documents exist. */
export async function termsLinks(
  world: Pick<World, 'db'>,
  pool: Pick<Pool, 'id'>,
  clientId: string,
  language: string,
): Promise<{ use: string; privacy: string } | undefined> {
  const all = await readTermsOf(world.db, pool.id, clientId)
  const link = (name: string) => {
    const found = all.find((one) => one.name === name)
    return found && linkFor(found, language)
  }
  const [use, privacy] = [link('terms-of-use'), link('privacy-policy')]
  return use !== undefined && privacy !== undefined ? { use, privacy } : undefined
}
