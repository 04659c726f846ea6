/** Making, changing and attaching managed policies, within the quotas and with the refusals of IAM. */
import type { Db } from '../../store/db.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { uniqueId } from '../ids.ts'
import { parsePolicy } from '../policy/parse.ts'
import { logHints } from '../policy-hints.ts'
import { checkTags, mergeTags, mostTags, sameKey, type Tag } from '../tags.ts'
import { awsDocument, awsPolicies, awsVersion } from './aws-managed.ts'
import { countedLength, quotas } from './documents.ts'
import {
  type ManagedPolicy,
  orderOf,
  type PolicyVersion,
  policyArn,
  readPolicyArn,
  readVersion,
} from './managed-policy.ts'
import {
  countPolicies,
  insertPolicy,
  insertVersion,
  readDefaultDocuments,
  readPolicies,
  readPoliciesById,
  readPolicy,
  readVersions,
  removePolicy,
  removeVersion,
  updatePolicyTags,
  updateVersions,
} from './store.ts'

export type NewPolicy = Pick<ManagedPolicy, 'name'> & { document: string } & Partial<
    Pick<ManagedPolicy, 'path' | 'description' | 'tags'>
  >

/** The policy of that ARN, or undefined. AWS's own (`arn:aws:iam::aws:policy/…`) are those of aws-managed.ts. */
export async function findPolicy(
  world: Pick<World, 'db' | 'settings'>,
  arn: string,
): Promise<ManagedPolicy | undefined> {
  const { account } = world.settings
  const wanted = readPolicyArn(arn)
  if (wanted?.account === 'aws')
    return awsPolicies.find(({ name, path }) => name === wanted.name && path === wanted.path)
  if (wanted?.account !== account) return undefined
  const policy = await readPolicy(world.db, account, wanted.name)
  return policy?.path === wanted.path ? policy : undefined
}

/** The policies with these ids, by folded name; those that are gone are left out. */
export async function policiesById(
  world: Pick<World, 'db' | 'settings'>,
  ids: readonly string[],
): Promise<ManagedPolicy[]> {
  const ours = await readPoliciesById(world.db, world.settings.account, ids)
  const all = [...ours, ...awsPolicies.filter(({ id }) => ids.includes(id))]
  return all.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
}

/** The default versions of the policies with these ids; those that are gone are left out. */
export async function currentDocuments(
  world: Pick<World, 'db' | 'settings'>,
  ids: readonly string[],
): Promise<{ id: string; document: string }[]> {
  const ours = await readDefaultDocuments(world.db, world.settings.account, ids)
  const awsOnes = ids.flatMap((id) => {
    const document = awsDocument(id)
    return document === undefined ? [] : [{ id, document }]
  })
  return [...ours, ...awsOnes]
}

/** Refuses an ARN that no policy has, in the words of the operation; what is no ARN of a policy has its own. */
export const refusePolicy = (arn: string, sentence: string): never =>
  readPolicyArn(arn)
    ? fail('NoSuchEntityException', sentence)
    : fail('InvalidInputException', `ARN ${arn} is not valid.`)

export const noSuchPolicy = (arn: string): never => refusePolicy(arn, `Policy ${arn} was not found.`)

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
  const { account } = world.settings
  const policy: ManagedPolicy = {
    account,
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
    boundaries: 0,
  }
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
  logHints(world, wanted.document, 'identity', { policy: policy.name })
  return policy
}

export async function deletePolicy(world: World, policy: ManagedPolicy): Promise<void> {
  return withPolicy(world, policy, async (db, account, now) => {
    if (now.attachments + now.boundaries > 0)
      fail('DeleteConflictException', 'Cannot delete a policy attached to entities.')
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
export const versionsOf = async (
  world: Pick<World, 'db' | 'settings'>,
  policy: ManagedPolicy,
): Promise<PolicyVersion[]> =>
  policy.account === 'aws' ? [awsVersion(policy)] : readVersions(world.db, world.settings.account, policy.id)

export async function createVersion(
  world: World,
  policy: ManagedPolicy,
  document: string,
  setDefault: boolean,
): Promise<PolicyVersion> {
  checkDocument(document)
  logHints(world, document, 'identity', { policy: policy.name })
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

export async function setDefaultVersion(world: World, policy: ManagedPolicy, id: string): Promise<void> {
  return withPolicy(world, policy, async (db, account, now) => {
    const version = readVersion(id)
    if (!(await readVersions(db, account, now.id)).some((one) => one.version === version)) refuseVersion(now, id)
    await updateVersions(db, account, now.id, { ...now, defaultVersion: version ?? 0, updatedAt: world.now() })
  })
}

export async function deleteVersion(world: World, policy: ManagedPolicy, id: string): Promise<void> {
  return withPolicy(world, policy, async (db, account, now) => {
    const version = readVersion(id)
    if (version === now.defaultVersion)
      fail('DeleteConflictException', 'Cannot delete the default version of a policy.')
    if (version === undefined || !(await removeVersion(db, account, now.id, version))) refuseVersion(now, id)
  })
}

const refuseVersion = (policy: ManagedPolicy, id: string) => noSuchVersion(policyArn(policy), id)

export async function tagPolicy(world: World, policy: ManagedPolicy, tags: readonly Tag[]): Promise<void> {
  checkTags(tags)
  await changeTags(world, policy, (before) => mergeTags(before, tags))
}

export const untagPolicy = (world: World, policy: ManagedPolicy, keys: readonly string[]): Promise<void> =>
  changeTags(world, policy, (before) => before.filter(({ Key }) => !keys.some((key) => sameKey(key, Key))))

const changeTags = async (world: World, policy: ManagedPolicy, change: (before: readonly Tag[]) => Tag[]) =>
  withPolicy(world, policy, async (db, account, now) => {
    const tags = change(now.tags)
    if (tags.length > mostTags) fail('LimitExceededException', `Cannot exceed quota for TagsPerPolicy: ${mostTags}`)
    await updatePolicyTags(db, account, now.id, tags)
  })

/** Changes that depend on what the policy is: with the policy as it is inside the transaction. AWS's own take none. */
async function withPolicy<T>(
  world: World,
  policy: ManagedPolicy,
  work: (db: Db, account: string, now: ManagedPolicy) => Promise<T>,
): Promise<T> {
  if (policy.account === 'aws') fail('AccessDenied', 'Policy is outside your own account.', { status: 403 })
  return world.db.transaction(async (db) => {
    const { account } = world.settings
    const now = await readPolicy(db, account, policy.name)
    return now?.id === policy.id ? work(db, account, now) : noSuchPolicy(policyArn(policy))
  })
}

/** All of our own, by folded name after the given one. */
export const listPolicies = (
  world: Pick<World, 'db' | 'settings'>,
  after: string,
  limit: number,
): Promise<ManagedPolicy[]> =>
  readPolicies(world.db, world.settings.account, { prefix: '/', after, limit, attached: false, bounding: false })
