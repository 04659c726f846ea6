/** The policies that belong to a principal: inline ones, attached ones, and its permissions boundary. */
import type { Db } from '../../store/db.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { parsePolicy } from '../policy/parse.ts'
import { logHints } from '../policy-hints.ts'
import {
  countUses,
  type InlinePolicy,
  insertAttachment,
  readAttachedIds,
  readBoundary,
  readInlinePolicies,
  readInlinePolicy,
  readUsers,
  removeAttachment,
  removeBoundary,
  removeInlinePolicy,
  writeBoundary,
  writeInlinePolicy,
} from './attachment-store.ts'
import { countedLength, quotas } from './documents.ts'
import { currentDocuments, findPolicy, noSuchPolicy, policiesById, refusePolicy } from './managed.ts'
import { type ManagedPolicy, policyArn } from './managed-policy.ts'

/** Whom policies belong to. */
export type Owner = {
  readonly kind: 'role' | 'user' | 'group'
  readonly id: string
  readonly name: string
  /** Refuses, inside a transaction, if it is gone. */
  require(db: Db): Promise<unknown>
}

type Reading = Pick<World, 'db' | 'settings'>

const quotaNames = { role: 'PoliciesPerRole', user: 'PoliciesPerUser', group: 'PoliciesPerGroup' } as const

/** Adds the inline policy, or replaces the one of that name. */
export async function putInline(world: World, owner: Owner, name: string, document: string): Promise<void> {
  parsePolicy(document, 'identity', { saving: true })
  const { account } = world.settings
  const most = quotas.inline[owner.kind]
  await world.db.transaction(async (db) => {
    await owner.require(db)
    const others = (await readInlinePolicies(db, account, owner.id)).filter((policy) => policy.name !== name)
    const size = [...others, { document }].reduce((sum, policy) => sum + countedLength(policy.document), 0)
    if (size > most) {
      fail('LimitExceededException', `Maximum policy size of ${most} bytes exceeded for ${owner.kind} ${owner.name}`)
    }
    await writeInlinePolicy(db, account, owner.id, { name, document })
  })
  logHints(world, document, 'identity', { [owner.kind]: owner.name, policy: name }, owner.kind)
}

const noSuchInline = (owner: Owner, name: string): never =>
  fail('NoSuchEntityException', `The ${owner.kind} policy with name ${name} cannot be found.`)

export const getInline = async (world: Reading, owner: Owner, name: string): Promise<InlinePolicy> =>
  (await readInlinePolicy(world.db, world.settings.account, owner.id, name)) ?? noSuchInline(owner, name)

export async function deleteInline(world: World, owner: Owner, name: string): Promise<void> {
  if (!(await removeInlinePolicy(world.db, world.settings.account, owner.id, name))) noSuchInline(owner, name)
}

export const inlinePolicies = (world: Reading, principalId: string): Promise<InlinePolicy[]> =>
  readInlinePolicies(world.db, world.settings.account, principalId)

export function attachPolicy(world: World, owner: Owner, arn: string): Promise<void> {
  const { account } = world.settings
  const most = quotas.attached[owner.kind]
  return world.db.transaction(async (db) => {
    const policy =
      (await findPolicy({ db, settings: world.settings }, arn)) ??
      refusePolicy(arn, `Policy ${arn} does not exist or is not attachable.`)
    await owner.require(db)
    await insertAttachment(db, account, owner.id, policy.id)
    if ((await readAttachedIds(db, account, owner.id)).length > most) {
      fail('LimitExceededException', `Cannot exceed quota for ${quotaNames[owner.kind]}: ${most}`)
    }
  })
}

export async function detachPolicy(world: World, owner: Owner, arn: string): Promise<void> {
  const policy = (await findPolicy(world, arn)) ?? noSuchPolicy(arn)
  if (!(await removeAttachment(world.db, world.settings.account, owner.id, policy.id))) noSuchPolicy(arn)
}

/** By folded name. */
export const attachedPolicies = async (world: Reading, principalId: string): Promise<ManagedPolicy[]> =>
  policiesById(world, await readAttachedIds(world.db, world.settings.account, principalId))

/** The ids of the users, groups and roles that a managed policy is attached to. */
export const principalsUsing = (world: Reading, policyId: string): Promise<string[]> =>
  readUsers(world.db, world.settings.account, policyId, {
    as: 'policy',
    after: undefined,
    limit: quotas.usersPerAccount + quotas.groupsPerAccount + quotas.rolesPerAccount,
  })

/** AWS's own policies with the numbers of this account; our own have theirs already. */
export async function withUses(world: Reading, policies: readonly ManagedPolicy[]): Promise<ManagedPolicy[]> {
  if (!policies.some(({ account }) => account === 'aws')) return [...policies]
  const uses = await countUses(world.db, world.settings.account)
  return policies.map((one) => {
    const { attachments, boundaries } = uses.find(({ id }) => id === one.id) ?? one
    return { ...one, attachments, boundaries }
  })
}

/** A principal's policies as documents: what the simulator and the account's details ask for. */
export async function documentsOf(world: Reading, principalId: string) {
  const attached = await attachedPolicies(world, principalId)
  const documents = await currentDocuments(
    world,
    attached.map(({ id }) => id),
  )
  const texts = new Map(documents.map(({ id, document }) => [id, document]))
  return {
    inline: await inlinePolicies(world, principalId),
    attached: attached.map((policy) => ({ policy, document: texts.get(policy.id) ?? '' })),
  }
}

/** Sets the boundary. Refuses a policy that is not there. */
export function putBoundary(world: World, owner: Owner, arn: string): Promise<void> {
  return world.db.transaction(async (db) => {
    await owner.require(db)
    await bind(world, db, owner.id, arn)
  })
}

/** The same for a principal in the making, inside the transaction that makes it. */
export async function bind(world: Pick<World, 'settings'>, db: Db, principalId: string, arn: string): Promise<void> {
  const policy =
    (await findPolicy({ db, settings: world.settings }, arn)) ??
    refusePolicy(arn, `Scope ARN: ${arn} does not exist or is not attachable.`)
  await writeBoundary(db, world.settings.account, principalId, policy.id)
}

/** A principal without one is no error. */
export async function deleteBoundary(world: World, owner: Owner): Promise<void> {
  await removeBoundary(world.db, world.settings.account, owner.id)
}

/** A principal's boundary with its document, or undefined. */
export async function boundaryPolicy(world: Reading, principalId: string) {
  const id = await readBoundary(world.db, world.settings.account, principalId)
  const [policy] = id === undefined ? [] : await policiesById(world, [id])
  const [found] = policy ? await currentDocuments(world, [policy.id]) : []
  return policy && found && { policy, document: found.document }
}

/** The ARN of a principal's boundary, or undefined. */
export async function boundaryArn(world: Reading, principalId: string): Promise<string | undefined> {
  const id = await readBoundary(world.db, world.settings.account, principalId)
  const [policy] = id === undefined ? [] : await policiesById(world, [id])
  return policy && policyArn(policy)
}

/** The boundary that a principal has, as AWS's condition key for "only for those who are bounded so". */
export async function boundaryKey(
  { world }: { world: Reading },
  principal: { id: string } | undefined,
): Promise<Record<string, string>> {
  const arn = principal && (await boundaryArn(world, principal.id))
  return arn === undefined ? {} : { 'iam:PermissionsBoundary': arn }
}

/** As answers show it. AWS prints `Policy`, though its model names the type PermissionsBoundaryPolicy. */
export async function boundaryOf(world: Reading, principalId: string) {
  const arn = await boundaryArn(world, principalId)
  if (arn === undefined) return {}
  const type = 'Policy' as 'PermissionsBoundaryPolicy'
  return { PermissionsBoundary: { PermissionsBoundaryType: type, PermissionsBoundaryArn: arn } }
}

/** Refuses to delete a principal that has policies; forgets its boundary. Inside the transaction that deletes it. */
export async function letGo(db: Db, account: string, principalId: string): Promise<void> {
  const refuse = (what: string) => fail('DeleteConflictException', `Cannot delete entity, must ${what} first.`)
  if ((await readInlinePolicies(db, account, principalId)).length > 0) refuse('delete policies')
  if ((await readAttachedIds(db, account, principalId)).length > 0) refuse('detach all policies')
  await removeBoundary(db, account, principalId)
}
