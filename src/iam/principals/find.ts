/** What a role or a user is and may do at this moment: asked at every signed request. */
import type { PolicySource } from '../../wire/caller.ts'
import type { World } from '../../world.ts'
import { awsDocument, awsName } from '../policies/aws-managed.ts'
import type { Tag } from '../tags.ts'
import { type PrincipalRow, readPrincipal } from './store.ts'

export type Principal = {
  readonly name: string
  readonly path: string
  readonly tags: readonly Tag[]
  /** Inline and managed ones; a user's also through groups. */
  readonly policies: readonly PolicySource[]
  /** The permissions boundary, if there is one. */
  readonly boundary: PolicySource | undefined
}

/** The role or user with that unique id, or undefined once it is gone. */
export async function currentPrincipal(
  world: Pick<World, 'db' | 'settings'>,
  id: string,
): Promise<Principal | undefined> {
  const rows = await readPrincipal(world.db, world.settings.account, id)
  const self = rows.find(({ kind }) => kind === 'self')
  if (!self) return undefined
  const bounds = rows.find(({ kind }) => kind === 'boundary')
  const policies = rows.filter(({ kind }) => kind === 'inline' || kind === 'attached').map(sourceOf)
  return {
    name: self.name,
    path: self.origin ?? '/',
    tags: JSON.parse(self.document ?? '[]') as Tag[],
    policies: policies.sort((a, b) => (a.id < b.id ? -1 : 1)),
    boundary: bounds && sourceOf(bounds),
  }
}

/** A managed policy without a row is AWS's. One that is nowhere, which cannot be, allows nothing. */
function sourceOf({ name, document, origin }: PrincipalRow): PolicySource {
  const shown = document === null ? awsName(name) : name
  return { id: origin === null ? shown : `${origin}/${shown}`, text: document ?? awsDocument(name) ?? nothing }
}

const nothing = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'
