/** The policies that a simulation asks: given as text, or those that a principal has. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { findGroup, groupsOfUser } from '../groups/find.ts'
import { boundaryPolicy, documentsOf } from '../policies/attachments.ts'
import { policyArn } from '../policies/managed-policy.ts'
import { parsePolicy } from '../policy/parse.ts'
import type { Policy, PolicyKind } from '../policy/statement.ts'
import { findRole } from '../roles/find.ts'
import type { Tag } from '../tags.ts'
import { findUser } from '../users/find.ts'

/** A policy as answers name it. `arn` of managed ones. */
export type Source = {
  readonly id: string
  readonly type: 'user' | 'group' | 'role' | 'aws-managed' | 'user-managed' | 'resource' | 'none'
  readonly arn?: string
  readonly text: string
  readonly policy: Policy
}

export type Subject = {
  readonly kind: 'user' | 'group' | 'role'
  readonly id: string
  readonly name: string
  readonly path: string
  /** Groups have none. */
  readonly tags?: readonly Tag[]
}

/** Policies given as text: `PolicyInputList.1` and so on. AWS: `aws iam simulate-custom-policy`, Output. */
export const givenSources = (texts: readonly string[], list: string, kind: PolicyKind = 'identity'): Source[] =>
  texts.map((text, index) => ({ id: `${list}.${index + 1}`, type: 'none', text, policy: parseGiven(text, kind) }))

function parseGiven(text: string, kind: PolicyKind): Policy {
  return parsePolicy(text, kind, { code: 'InvalidInputException' })
}

const finders = { user: findUser, group: findGroup, role: findRole }

const kindOf = (arn: string) => /^arn:aws:iam::\d{12}:(user|group|role)\//.exec(arn)?.[1] as Subject['kind'] | undefined

/** The user, group or role of that ARN, or undefined. */
export async function findSubject(world: Pick<World, 'db' | 'settings'>, arn: string): Promise<Subject | undefined> {
  const kind = kindOf(arn)
  const found = kind && (await finders[kind](world, arn))
  return found && { kind, ...found }
}

export const noSuchSubject = (arn: string): never =>
  kindOf(arn) === undefined
    ? fail('InvalidInputException', `Invalid Entity Arn: ${arn} does not clearly define entity type and name.`)
    : fail('NoSuchEntityException', `The entity with ARN ${arn} cannot be found.`)

async function sourcesOf(world: Pick<World, 'db' | 'settings'>, { kind, id, name }: Subject): Promise<Source[]> {
  const { inline, attached } = await documentsOf(world, id)
  return [
    ...inline.map(
      (one): Source => ({
        id: `${kind}_${name}_${one.name}`,
        type: kind,
        text: one.document,
        policy: parseGiven(one.document, 'identity'),
      }),
    ),
    ...attached.map(
      ({ policy, document }): Source => ({
        id: policy.name,
        type: policy.account === 'aws' ? 'aws-managed' : 'user-managed',
        arn: policyArn(policy),
        text: document,
        policy: parseGiven(document, 'identity'),
      }),
    ),
  ]
}

/** All policies of the principal, a user's also through groups. */
export async function principalSources(world: Pick<World, 'db' | 'settings'>, subject: Subject): Promise<Source[]> {
  const groups = subject.kind === 'user' ? await groupsOfUser(world, subject.id) : []
  const all = await Promise.all([
    sourcesOf(world, subject),
    ...groups.map((group) => sourcesOf(world, { kind: 'group', ...group })),
  ])
  return all.flat()
}

/** The permissions boundary of the principal, if it has one. */
export async function boundarySource(
  world: Pick<World, 'db' | 'settings'>,
  { id }: Subject,
): Promise<Source | undefined> {
  const found = await boundaryPolicy(world, id)
  if (!found) return undefined
  const { policy, document } = found
  return {
    id: policy.name,
    type: policy.account === 'aws' ? 'aws-managed' : 'user-managed',
    arn: policyArn(policy),
    text: document,
    policy: parseGiven(document, 'boundary'),
  }
}
