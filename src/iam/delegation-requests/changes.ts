/** Making delegation requests, and what becomes of them: each move by one conditional update, so that two at once make one. */

import type { Caller } from '../../wire/caller.ts'
import { AwsError, fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { parsePolicy } from '../policy/parse.ts'
import { tagKeys } from '../tags.ts'
import { expectExpiry } from './expiry.ts'
import { hashToken, isThere, principalWith } from './find.ts'
import { sendToken, tellState } from './notices.ts'
import { requireBoundaries } from './permissions.ts'
import { type Approver, type DelegationRequest, isOwner, type Owner, type Wish } from './request.ts'
import { expiryOf, type Living, type Move, nextState } from './states.ts'
import { type Changed, insertRequest, readRequest, updateRequest } from './store.ts'
import { renderTemplate } from './template.ts'
import { findTemplate } from './templates.ts'

export const noSuchRequest = (id: string): never =>
  fail('NoSuchEntityException', `The delegation request with id ${id} cannot be found.`)

const refuse = (message: string): never => fail('InvalidInputException', message)

export type Wanted = Omit<Wish, 'policy' | 'requestorName'> & {
  readonly workflowId: string
  readonly ownerAccount: string | undefined
}

/** The id of the new request. Refuses an account that is not here, a topic that nobody has, a template that is none. */
export async function createRequest(world: World, { workflowId, ownerAccount, ...wanted }: Wanted): Promise<string> {
  const { account } = world.settings
  if (ownerAccount !== undefined && ownerAccount !== account) refuse(`There is no account ${ownerAccount} here.`)
  if (!world.topicAt(wanted.channel)) {
    refuse(`${wanted.channel} is no topic of this account at a server behind the gateway (--upstreams).`)
  }
  const template =
    (await findTemplate(world, wanted.templateArn)) ??
    refuse(`The policy template ${wanted.templateArn} does not exist.`)
  const policy = renderTemplate(template.policy, wanted.parameters)
  requireBoundaries(parsePolicy(policy, 'session', { saving: true }))
  const now = world.now()
  const made = {
    id: `dr-${world.random(16).toString('hex')}`,
    wish: { ...wanted, policy, requestorName: template.requestor },
    createdAt: now,
    expiresAt: expiryOf('UNASSIGNED', now),
  }
  await world.db.transaction(async (db) => {
    if (!(await insertRequest(db, account, { ...made, workflowId, ownerAccount }))) {
      fail('EntityAlreadyExistsException', `A delegation request with workflow id ${workflowId} already exists.`)
    }
    await expectExpiry(db, { ...made, updatedAt: now })
  })
  return made.id
}

/** The caller becomes its owner. */
export const associateRequest = (world: World, request: DelegationRequest, caller: Caller): Promise<void> => {
  const { account, arn, userId: id } = caller
  return move(world, request, 'associate', { ownerAccount: account, owner: { account, arn, id } satisfies Owner })
}

/** To an administrator. */
export const forwardRequest = (world: World, request: DelegationRequest, notes: string | undefined): Promise<void> =>
  move(world, request, 'forward', { notes: notes ?? request.notes })

/** Seconds: AWS lets root approve no longer ones. */
const longestOfRoot = 4 * 3600

/** The caller's rights become what is delegated, as far as the policy goes. */
export async function acceptRequest(world: World, request: DelegationRequest, caller: Caller): Promise<void> {
  const { kind, arn, userId, roleArn, provider, transitiveTags, signIns, mfaAt } = caller
  if (kind === 'federated' || kind === 'anonymous' || caller.sessionPolicies) {
    // unproved: whether AWS takes an approval by limited credentials; here a session has one limit (decision 51).
    return fail('ValidationError', 'Credentials that a session policy limits cannot approve a delegation request.')
  }
  // unproved: AWS's sentence. What was approved would go on when the delegation that it came from has ended.
  if (caller.delegation) {
    return fail('ValidationError', 'Credentials that come of a delegation cannot approve a delegation request.')
  }
  if (kind === 'root' && request.wish.sessionSeconds > longestOfRoot) {
    return fail('ValidationError', `The root user can approve delegations of ${longestOfRoot} seconds at most.`)
  }
  const approver: Approver = {
    ...{ kind, arn, userId, context: await sessionContext(world, caller) },
    ...(roleArn !== undefined && { roleArn }),
    ...(provider !== undefined && { provider }),
    ...(transitiveTags && { transitiveTags }),
    ...(signIns && { signIns }),
    ...(mfaAt !== undefined && { mfaAt }),
  }
  return move(world, request, 'accept', { approver })
}

/** What the credentials themselves carry: the tags of the user or role are looked up when they are used. */
async function sessionContext(world: World, { userId, context }: Caller): Promise<Caller['context']> {
  const tags = (await principalWith(world, userId))?.tags ?? []
  const own = tagKeys('aws:PrincipalTag', tags)
  return Object.fromEntries(Object.entries(context).filter(([key, value]) => own[key] !== value))
}

export const rejectRequest = (world: World, request: DelegationRequest, reason: string | undefined): Promise<void> =>
  move(world, request, 'reject', { rejectionReason: reason })

/** The token goes to the requester's topic; if it does not arrive there, nothing has happened. */
export async function releaseToken(world: World, request: DelegationRequest, caller: Caller): Promise<void> {
  nextState('release', request.state)
  if (request.wish.onlySendByOwner && !isOwner(request, caller)) {
    throw new AwsError('AccessDenied', 'Only its owner can send the token of this delegation request.', { status: 403 })
  }
  if (!((await isThere(world, request.owner?.id)) && (await isThere(world, request.approver?.userId)))) {
    refuse('The owner or the approver of the delegation request no longer exists.')
  }
  const token = world.random(32).toString('base64url')
  const releasedAt = Math.floor(world.now() / 1000) * 1000
  const released = await step(world, request, 'release', { releasedAt, tokenHash: hashToken(world.seal, token) })
  try {
    await sendToken(world, released, token)
  } catch (error) {
    world.log.warn({ err: error, request: request.id }, 'The token of a delegation request was not sent.')
    await change(world, released, { ...request, state: 'ACCEPTED', tokenHash: undefined })
    fail('ServiceFailureException', 'The notification channel did not take the token. Try again.', { status: 500 })
  }
  await tellState(world, released)
}

async function move(world: World, request: DelegationRequest, how: Move, changed: Partial<Changed>): Promise<void> {
  await tellState(world, await step(world, request, how, changed))
}

/** The request after the move. */
function step(world: World, request: DelegationRequest, how: Move, changed: Partial<Changed>) {
  const state: Living = nextState(how, request.state)
  const expiresAt = expiryOf(state, world.now())
  return change(world, request, { ...request, tokenHash: undefined, ...changed, state, expiresAt })
}

async function change(world: World, before: DelegationRequest, changed: Changed): Promise<DelegationRequest> {
  const { account } = world.settings
  const now = world.now()
  return world.db.transaction(async (db) => {
    if (!(await updateRequest(db, account, before, changed, now))) {
      fail('ConcurrentModificationException', `The delegation request ${before.id} is being changed.`)
    }
    const after = (await readRequest(db, account, before.id, now)) ?? noSuchRequest(before.id)
    await expectExpiry(db, after)
    return after
  })
}
