/** Whom or what a report is about: a user, a group, a role or a managed policy; with its policies, and whose uses count. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { findGroup, groupsOfUser, membersOf } from '../groups/find.ts'
import { documentsOf, principalsUsing } from '../policies/attachments.ts'
import { currentDocuments, findPolicy } from '../policies/managed.ts'
import { policyArn } from '../policies/managed-policy.ts'
import { compiled } from '../policy/compiled.ts'
import type { Policy } from '../policy/statement.ts'
import { findRole, rolesById } from '../roles/find.ts'
import { roleArn } from '../roles/role.ts'
import type { Tag } from '../tags.ts'
import { findUser, usersById } from '../users/find.ts'
import { userArn } from '../users/user.ts'

type Reading = Pick<World, 'db' | 'settings'>
type Owner = { readonly id: string; readonly name: string; readonly path: string }

export type Subject = {
  readonly kind: 'user' | 'group' | 'role' | 'policy'
  readonly id: string
  readonly name: string
  readonly path: string
  /** Groups have none. */
  readonly tags?: readonly Tag[]
}

type Finder = (world: Reading, arn: string) => Promise<Omit<Subject, 'kind'> | undefined>

const finders: Readonly<Record<Subject['kind'], Finder>> = {
  user: findUser,
  group: findGroup,
  role: findRole,
  policy: findPolicy,
}

const kindOf = (arn: string) =>
  /^arn:aws:iam::(?:\d{12}|aws):(user|group|role|policy)\//.exec(arn)?.[1] as Subject['kind'] | undefined

/** The subject of that ARN, or undefined. */
export async function findSubject(world: Reading, arn: string): Promise<Subject | undefined> {
  const kind = kindOf(arn)
  const found = kind && (await finders[kind](world, arn))
  return found && { kind, ...found }
}

/** unproved: the sentences. AWS's page names the exceptions only. */
export const noSuchSubject = (arn: string): never =>
  kindOf(arn) === undefined
    ? fail('InvalidInputException', `ARN ${arn} is not valid.`)
    : fail('NoSuchEntityException', `The entity with ARN ${arn} cannot be found.`)

/** A policy, and whom it belongs to where it is an inline one. */
export type Granting = {
  readonly name: string
  readonly policy: Policy
  readonly arn: string | undefined
  readonly owner: { readonly kind: 'user' | 'group' | 'role'; readonly name: string }
}

async function policiesAt(world: Reading, kind: Granting['owner']['kind'], { id, name }: Owner): Promise<Granting[]> {
  const owner = { kind, name }
  const { inline, attached } = await documentsOf(world, id)
  return [
    ...attached.map(({ policy, document }) => ({
      ...{ name: policy.name, arn: policyArn(policy), owner },
      policy: compiled(document, 'identity'),
    })),
    ...inline.map((one) => ({ name: one.name, arn: undefined, owner, policy: compiled(one.document, 'identity') })),
  ]
}

/** A user's policies, those of its groups included; a group's; a role's. Boundaries grant nothing. */
export async function policiesOf(world: Reading, subject: Subject & { kind: Granting['owner']['kind'] }) {
  const groups = subject.kind === 'user' ? await groupsOfUser(world, subject.id) : []
  const all = await Promise.all([
    policiesAt(world, subject.kind, subject),
    ...groups.map((group) => policiesAt(world, 'group', group)),
  ])
  return all.flat()
}

/** What the subject's policies say; of a managed policy, what it says itself. */
export async function documentsFor(world: Reading, subject: Subject): Promise<Policy[]> {
  const { kind, id } = subject
  if (kind !== 'policy') return (await policiesOf(world, { ...subject, kind })).map(({ policy }) => policy)
  return (await currentDocuments(world, [id])).map(({ document }) => compiled(document, 'identity'))
}

/** A role or a user that could have used the subject's permissions. */
export type Entity = Owner & { readonly arn: string; readonly type: 'USER' | 'ROLE' }

/** A user or role itself, the members of a group, the users and roles that have a policy, be it through a group. */
export async function entitiesOf(world: Reading, { kind, id }: Subject): Promise<Entity[]> {
  const ids = { user: [id], role: [id], group: [id], policy: kind === 'policy' ? await principalsUsing(world, id) : [] }
  const groups = ids[kind].filter((one) => one.startsWith('AGPA'))
  const members = await Promise.all(groups.map((group) => membersOf(world, group)))
  const all = [...new Set([...ids[kind], ...members.flat()])]
  const of = (prefix: string) => all.filter((one) => one.startsWith(prefix))
  const users = await usersById(world, of('AIDA'))
  const roles = await rolesById(world, of('AROA'))
  return [
    ...users.map((one): Entity => ({ ...ownerOf(one), arn: userArn(world.settings, one), type: 'USER' })),
    ...roles.map((one): Entity => ({ ...ownerOf(one), arn: roleArn(world.settings, one), type: 'ROLE' })),
  ]
}

const ownerOf = ({ id, name, path }: Owner): Owner => ({ id, name, path })
