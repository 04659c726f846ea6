/** Trust policies: what may be saved, how the roles they name are remembered, and what they decide. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { encodeDenial } from '../authorization-message.ts'
import type { Verdict } from '../authorize.ts'
import { checkTrustSize } from '../policies/documents.ts'
import { compiled } from '../policy/compiled.ts'
import { evaluateTrust, type PolicySet } from '../policy/evaluate.ts'
import { explainTrust } from '../policy/explain.ts'
import { awsPrincipalsOf } from '../policy/grammar.ts'
import { explainSentence } from '../policy/message.ts'
import { parsePolicy } from '../policy/parse.ts'
import type { AccessRequest } from '../policy/statement.ts'
import { findUser, usersById } from '../users/find.ts'
import { userArn } from '../users/user.ts'
import { type Role, readRoleArn, roleArn } from './role.ts'
import { readRoleIds } from './store.ts'

/**
 * Checks a new trust policy and answers it with unique ids in place of the ARNs of our roles and users, so that one
 * re-created under the same name is not trusted. Refuses broken documents and principals of this account that do not exist.
 */
export async function bindTrust(world: Pick<World, 'db' | 'settings'>, document: string): Promise<string> {
  const principals = awsPrincipalsOf(parsePolicy(document, 'trust', { saving: true }))
  checkTrustSize(document)
  const { account } = world.settings
  const named = principals.map((principal) => ({ principal, form: formOf(principal, account) }))
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
  for (const { principal, form } of named) {
    if (!exists[form.kind](form.value))
      fail('MalformedPolicyDocument', `Invalid principal in policy: "AWS":"${principal}"`)
  }
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
type Document = { Statement: { Principal?: Principal } | { Principal?: Principal }[] }

/** The document, known to be valid, with the ARNs among its AWS principals replaced. */
function withIds(document: string, ids: ReadonlyMap<string, string>): string {
  const parsed = JSON.parse(document) as Document
  for (const statement of [parsed.Statement].flat()) {
    const principal = statement.Principal
    if (typeof principal !== 'object' || principal['AWS'] === undefined) continue
    principal['AWS'] = [principal['AWS']].flat().map((value) => ids.get(value) ?? value)
  }
  return JSON.stringify(parsed)
}

/** Whether the role lets the caller in, and the caller's own policies, where they matter, let the caller ask. */
export function decideTrust(
  world: Pick<World, 'seal'>,
  role: Role,
  request: AccessRequest,
  policies?: PolicySet,
): Verdict {
  const trust = { id: role.name, label: 'trust policy', policy: compiled(role.boundTrust, 'trust') }
  const decision = evaluateTrust(request, trust, policies)
  return {
    ...decision,
    explain: () => explainSentence(explainTrust(request, trust, policies)),
    trace: () => explainTrust(request, trust, policies),
    encode: () => encodeDenial(world, request, decision),
  }
}
