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
  const ids = new Map(arnsOf(world, roles, users).map(({ arn, id }) => [arn, id]))
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

type Named = { readonly id: string; readonly name: string; readonly path: string }

const arnsOf = ({ settings }: Pick<World, 'settings'>, roles: readonly Named[], users: readonly Named[]) => [
  ...roles.map((role) => ({ id: role.id, arn: roleArn(settings, role) })),
  ...users.map((user) => ({ id: user.id, arn: userArn(settings, user) })),
]

type Form = { kind: 'role' | 'user' | 'session' | 'id' | 'elsewhere'; value: string }

function formOf(principal: string, account: string): Form {
  if (isId(principal)) return { kind: 'id', value: principal }
  const [, , , , owner, name = ''] = principal.split(':')
  if (owner !== account) return { kind: 'elsewhere', value: principal }
  if (name.startsWith('role/')) return { kind: 'role', value: principal }
  if (name.startsWith('assumed-role/')) return { kind: 'session', value: name.split('/')[1] ?? '' }
  return { kind: name.startsWith('user/') ? 'user' : 'elsewhere', value: principal }
}

const isId = (principal: string) => /^A(?:ROA|IDA)/.test(principal)

const nameIn = (arn: string) => readRoleArn(arn)?.name ?? ''

type Principal = '*' | Record<string, string | string[]>
type Naming = { Principal?: Principal; NotPrincipal?: Principal }
type Parsed = { Statement: Naming | Naming[] }

/** The elements of a document, known to be valid, that name AWS principals, in their order. */
const namingIn = ({ Statement }: Parsed) =>
  [Statement]
    .flat()
    .flatMap(({ Principal, NotPrincipal }) =>
      [Principal, NotPrincipal].filter(
        (one): one is { AWS: string | string[] } => typeof one === 'object' && 'AWS' in one,
      ),
    )

/** The document with the ARNs among its AWS principals replaced. */
function withIds(document: string, ids: ReadonlyMap<string, string>): string {
  const parsed = JSON.parse(document) as Parsed
  for (const naming of namingIn(parsed)) naming.AWS = [naming.AWS].flat().map((value) => ids.get(value) ?? value)
  return JSON.stringify(parsed)
}

type Bound = { readonly written: string; readonly bound: string }

/**
 * Documents as answers show them: with the ARNs that roles and users have now, and the id of whoever is gone, so that a
 * namesake is not taken for them. What has not changed is shown as it was written.
 */
export async function showPrincipals(
  world: Pick<World, 'db' | 'settings'>,
  documents: readonly Bound[],
): Promise<string[]> {
  const replaced = documents.filter(({ written, bound }) => written !== bound)
  const ids = replaced.flatMap(({ bound }) => principalsIn(bound)).filter(isId)
  const roles = await readRoleIds(world.db, world.settings.account, [], ids)
  const arns = new Map(arnsOf(world, roles, await usersById(world, ids)).map(({ arn, id }) => [id, arn]))
  return documents.map((one) => (replaced.includes(one) ? withArns(one, arns) : one.written))
}

const principalsIn = (document: string) => namingIn(JSON.parse(document) as Parsed).flatMap(({ AWS }) => AWS)

function withArns({ written, bound }: Bound, arns: ReadonlyMap<string, string>): string {
  const parsed = JSON.parse(written) as Parsed
  const now = principalsIn(bound).map((principal) => arns.get(principal) ?? principal)
  if (principalsIn(written).every((principal, index) => principal === now[index])) return written
  for (const naming of namingIn(parsed)) {
    const shown = now.splice(0, [naming.AWS].flat().length)
    naming.AWS = Array.isArray(naming.AWS) ? shown : shown.join()
  }
  return JSON.stringify(parsed)
}
