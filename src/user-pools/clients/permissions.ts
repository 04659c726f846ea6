/** Which attributes an app client may read and write. AWS: Developer Guide, "Attribute permissions and scopes". */
import type { Pool } from '../pools/pool.ts'
import { attributeOf } from '../pools/schema.ts'
import type { Client } from './client.ts'

/** What only the pool itself or an administrator sets, whatever a client's list says. */
const neverWritable: ReadonlySet<string> = new Set(['sub', 'email_verified', 'phone_number_verified', 'identities'])

type Permitted = { readonly settings: Pick<Client['settings'], 'ReadAttributes' | 'WriteAttributes'> }

/** Without a list everything is readable, custom attributes included: AWS's pages disagree, its clients rely on it. */
export function readable(_pool: Pool, client: Permitted, name: string): boolean {
  const list = client.settings.ReadAttributes
  return name === 'sub' || !list?.length || list.includes(name)
}

/** Required attributes are always writable; attributes for developers never are, by a client. */
export function writable(pool: Pool, client: Permitted, name: string): boolean {
  const attribute = attributeOf(pool, name)
  if (neverWritable.has(name) || attribute?.DeveloperOnlyAttribute) return false
  const list = client.settings.WriteAttributes
  return !list?.length || list.includes(name) || attribute?.Required === true
}
