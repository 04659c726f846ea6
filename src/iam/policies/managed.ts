/** Making, changing and attaching managed policies, within the quotas and with the refusals of IAM. */
import type { Db } from '../../store/db.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { uniqueId } from '../ids.ts'
import { parsePolicy } from '../policy/parse.ts'
import { checkTags, noSuchRole } from '../roles/changes.ts'
import type { Role } from '../roles/role.ts'
import { readRole } from '../roles/store.ts'
import { mergeTags, mostTags, sameKey, type Tag } from '../tags.ts'
import { countedLength, quotas } from './documents.ts'
import { type ManagedPolicy, type PolicyVersion, policyArn, readPolicyArn, readVersion } from './managed-policy.ts'
import {
  countAttachments,
  countPolicies,
  insertAttachment,
  insertPolicy,
  insertVersion,
  readPolicy,
  readVersions,
  removeAttachment,
  removePolicy,
  removeVersion,
  updatePolicyTags,
  updateVersions,
} from './store.ts'

export type NewPolicy = Pick<ManagedPolicy, 'name'> & { document: string } & Partial<
    Pick<ManagedPolicy, 'path' | 'description' | 'tags'>
  >

/** The policy of that ARN, or undefined. AWS's own policies (`arn:aws:iam::aws:policy/…`) are not here. */
export async function findPolicy(
  world: Pick<World, 'db' | 'settings'>,
  arn: string,
): Promise<ManagedPolicy | undefined> {
  const { account } = world.settings
  const wanted = readPolicyArn(arn)
  if (wanted?.account !== account) return undefined
  const policy = await readPolicy(world.db, account, wanted.name)
  return policy?.path === wanted.path ? policy : undefined
}

export const noSuchPolicy = (arn: string): never => fail('NoSuchEntityException', `Policy ${arn} was not found.`)

export const noSuchVersion = (arn: string, version: string): never =>
  fail('NoSuchEntityException', `Policy ${arn} version ${version} does not exist or is not attachable.`)

function checkDocument(document: string): void {
  parsePolicy(document, 'identity', { saving: true, managed: true })
  if (countedLength(document) > quotas.managedPolicy) {
    fail('LimitExceededException', `Cannot exceed quota for PolicySize: ${quotas.managedPolicy}`)
  }
}

export async function createPolicy(world: World, wanted: NewPolicy): Promise<ManagedPolicy> {
  checkTags(wanted.tags ?? [])
  checkDocument(wanted.document)
  const now = world.now()
  const policy: ManagedPolicy = {
    id: uniqueId(world, 'ANPA'),
    name: wanted.name,
    path: wanted.path ?? '/',
    description: wanted.description,
    tags: mergeTags([], wanted.tags ?? []),
    defaultVersion: 1,
    newestVersion: 1,
    createdAt: now,
    updatedAt: now,
    attachments: 0,
  }
  const { account } = world.settings
  await world.db.transaction(async (db) => {
    if (!(await insertPolicy(db, account, policy, wanted.document))) {
      fail(
        'EntityAlreadyExistsException',
        `A policy called ${policy.name} already exists. Duplicate names are not allowed.`,
      )
    }
    if ((await countPolicies(db, account)) > quotas.policiesPerAccount) {
      fail('LimitExceededException', `Cannot exceed quota for PoliciesPerAccount: ${quotas.policiesPerAccount}`)
    }
  })
  return policy
}

export function deletePolicy(world: World, policy: ManagedPolicy): Promise<void> {
  return withPolicy(world, policy, async (db, account, now) => {
    if (now.attachments > 0) fail('DeleteConflictException', 'Cannot delete a policy attached to entities.')
    if ((await readVersions(db, account, now.id)).length > 1) {
      fail(
        'DeleteConflictException',
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      )
    }
    await removePolicy(db, account, now.id)
  })
}

/** The versions that there are, newest first. */
export const versionsOf = (world: Pick<World, 'db' | 'settings'>, policy: ManagedPolicy): Promise<PolicyVersion[]> =>
  readVersions(world.db, world.settings.account, policy.id)

export async function createVersion(
  world: World,
  policy: ManagedPolicy,
  document: string,
  setDefault: boolean,
): Promise<PolicyVersion> {
  checkDocument(document)
  return withPolicy(world, policy, async (db, account, now) => {
    if ((await readVersions(db, account, now.id)).length >= quotas.versionsPerPolicy) {
      fail(
        'LimitExceededException',
        `A managed policy can have up to ${quotas.versionsPerPolicy} versions. Before you create a new version, you must delete an existing version.`,
      )
    }
    const made = { version: now.newestVersion + 1, document, createdAt: world.now() }
    await insertVersion(db, account, now.id, made)
    await updateVersions(db, account, now.id, {
      newestVersion: made.version,
      defaultVersion: setDefault ? made.version : now.defaultVersion,
      updatedAt: made.createdAt,
    })
    return made
  })
}

export function setDefaultVersion(world: World, policy: ManagedPolicy, id: string): Promise<void> {
  return withPolicy(world, policy, async (db, account, now) => {
    const version = readVersion(id)
    if (!(await readVersions(db, account, now.id)).some((one) => one.version === version)) refuseVersion(world, now, id)
    await updateVersions(db, account, now.id, { ...now, defaultVersion: version ?? 0, updatedAt: world.now() })
  })
}

export function deleteVersion(world: World, policy: ManagedPolicy, id: string): Promise<void> {
  return withPolicy(world, policy, async (db, account, now) => {
    const version = readVersion(id)
    if (version === now.defaultVersion)
      fail('DeleteConflictException', 'Cannot delete the default version of a policy.')
    if (version === undefined || !(await removeVersion(db, account, now.id, version))) refuseVersion(world, now, id)
  })
}

const refuseVersion = (world: World, policy: ManagedPolicy, id: string) =>
  noSuchVersion(policyArn(world.settings, policy), id)

export function attachPolicy(world: World, role: Role, arn: string): Promise<void> {
  const { account } = world.settings
  return world.db.transaction(async (db) => {
    const policy =
      (await findPolicy({ db, settings: world.settings }, arn)) ??
      fail('NoSuchEntityException', `Policy ${arn} does not exist or is not attachable.`)
    if ((await readRole(db, account, role.name))?.id !== role.id) noSuchRole(role.name)
    await insertAttachment(db, account, role.id, policy.id)
    if ((await countAttachments(db, account, role.id)) > quotas.policiesPerRole) {
      fail('LimitExceededException', `Cannot exceed quota for PoliciesPerRole: ${quotas.policiesPerRole}`)
    }
  })
}

export async function detachPolicy(world: World, role: Role, arn: string): Promise<void> {
  const policy = (await findPolicy(world, arn)) ?? noSuchPolicy(arn)
  if (!(await removeAttachment(world.db, world.settings.account, role.id, policy.id))) noSuchPolicy(arn)
}

export async function tagPolicy(world: World, policy: ManagedPolicy, tags: readonly Tag[]): Promise<void> {
  checkTags(tags)
  await changeTags(world, policy, (before) => mergeTags(before, tags))
}

export const untagPolicy = (world: World, policy: ManagedPolicy, keys: readonly string[]): Promise<void> =>
  changeTags(world, policy, (before) => before.filter(({ Key }) => !keys.some((key) => sameKey(key, Key))))

const changeTags = (world: World, policy: ManagedPolicy, change: (before: readonly Tag[]) => Tag[]) =>
  withPolicy(world, policy, async (db, account, now) => {
    const tags = change(now.tags)
    if (tags.length > mostTags) fail('LimitExceededException', `Cannot exceed quota for TagsPerPolicy: ${mostTags}`)
    await updatePolicyTags(db, account, now.id, tags)
  })

/** Changes that depend on what the policy is: with the policy as it is inside the transaction. */
const withPolicy = <T>(
  world: World,
  policy: ManagedPolicy,
  work: (db: Db, account: string, now: ManagedPolicy) => Promise<T>,
): Promise<T> =>
  world.db.transaction(async (db) => {
    const { account } = world.settings
    const now = await readPolicy(db, account, policy.name)
    return now?.id === policy.id ? work(db, account, now) : noSuchPolicy(policyArn(world.settings, policy))
  })
