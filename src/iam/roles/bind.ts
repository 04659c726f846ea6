/** The principals that a policy of a resource names, remembered by their unique ids. AWS: IAM User Guide, "Principal". */
import type { World } from '../../world.ts'
import { awsPrincipalsOf } from '../policy/grammar.ts'
import type { Policy } from '../policy/statement.ts'
import { findUser, usersById } from '../users/find.ts'
import { userArn } from '../users/user.ts'
import { readRoleArn, roleArn } from './role.ts'
import { readRoleIds } from './store.ts'

/**
 * The document with unique ids in place of the ARNs of our roles and users, so that one re-created under the same name is
 * another to it. A session's ARN stays as it is, and so do conditions: AWS tells of ids for roles and users only, and advises
 * against naming sessions. `policy` is what the document says; `refuse` is told a principal of this account that does not exist.
 */
export async function bindPrincipals(
  world: Pick<World, 'db' | 'settings'>,
  policy: Policy,
  document: string,
  refuse: (principal: string) => never,
): Promise<string> {
  const { account } = world.settings
  const named = awsPrincipalsOf(policy).map((principal) => ({ principal, form: formOf(principal, account) }))
  const of = (kind: Form['kind']) => named.flatMap(({ form }) => (form.kind === kind ? [form.value] : []))
  const roles = await readRoleIds(world.db, account, [...of('role').map(nameIn), ...of('session')], of('id'))
  const users = [
    ...(await Promise.all(of('user').map((arn) => findUser(world, arn)))).filter((user) => user !== undefined),
    ...(await usersById(world, of('id'))),
  ]
  const ids = new Map([
    ...roles.map((role) => [roleArn(world.settings, role), role.id] as const),
    ...users.map((user) => [userArn(world.settings, user), user.id] as const),
  ])
  const exists: Record<Form['kind'], (value: string) => boolean> = {
    role: (arn) => ids.has(arn),
    user: (arn) => ids.has(arn),
    session: (name) => roles.some((role) => role.name === name),
    id: (id) => [...roles, ...users].some((one) => one.id === id),
    // Other accounts are not ours to ask, and federated users exist only while somebody is one.
    elsewhere: () => true,
  }
  for (const { principal, form } of named) if (!exists[form.kind](form.value)) refuse(principal)
  return ids.size > 0 ? withIds(document, ids) : document
}

type Form = { kind: 'role' | 'user' | 'session' | 'id' | 'elsewhere'; value: string }

function formOf(principal: string, account: string): Form {
  if (/^A(?:ROA|IDA)/.test(principal)) return { kind: 'id', value: principal }
  const [, , , , owner, name = ''] = principal.split(':')
  if (owner !== account) return { kind: 'elsewhere', value: principal }
  if (name.startsWith('role/')) return { kind: 'role', value: principal }
  if (name.startsWith('assumed-role/')) return { kind: 'session', value: name.split('/')[1] ?? '' }
  return { kind: name.startsWith('user/') ? 'user' : 'elsewhere', value: principal }
}

const nameIn = (arn: string) => readRoleArn(arn)?.name ?? ''

type Principal = '*' | Record<string, string | string[]>
type Named = { Principal?: Principal; NotPrincipal?: Principal }

/** The document, known to be valid, with the ARNs among its AWS principals replaced. */
function withIds(document: string, ids: ReadonlyMap<string, string>): string {
  const parsed = JSON.parse(document) as { Statement: Named | Named[] }
  for (const { Principal, NotPrincipal } of [parsed.Statement].flat()) {
    for (const named of [Principal, NotPrincipal]) {
      if (typeof named !== 'object' || named['AWS'] === undefined) continue
      named['AWS'] = [named['AWS']].flat().map((value) => ids.get(value) ?? value)
    }
  }
  return JSON.stringify(parsed)
}
