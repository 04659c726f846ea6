/** Temporary delegation, through the SDK: asked for, owned, forwarded, accepted or rejected, and the token sent to the topic. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AcceptDelegationRequestCommand,
  AssociateDelegationRequestCommand,
  CreateDelegationRequestCommand,
  type CreateDelegationRequestCommandInput,
  CreatePolicyCommand,
  GetDelegationRequestCommand,
  type GetDelegationRequestCommandInput,
  GetHumanReadableSummaryCommand,
  ListDelegationRequestsCommand,
  PutUserPolicyCommand,
  RejectDelegationRequestCommand,
  SendDelegationTokenCommand,
  UpdateDelegationRequestCommand,
} from '@aws-sdk/client-iam'
import { forwardRequest } from '../../src/iam/delegation-requests/changes.ts'
import { expiryNotices } from '../../src/iam/delegation-requests/expiry.ts'
import { findRequest } from '../../src/iam/delegation-requests/find.ts'
import { expiring } from '../../src/iam/delegation-requests/store.ts'
import { tryDue } from '../../src/jobs/queue.ts'
import type { Database } from '../../src/store/db.ts'
import { sweep } from '../../src/store/sweep.ts'
import { type Delegation, startDelegation, templateArn, topic } from '../support/delegation.ts'
import { account, allowing, assume, document, makeRole } from '../support/roles.ts'
import type { Clients } from '../support/server.ts'

let given: Delegation
before(async () => {
  given = await startDelegation()
})
after(() => given?.close())

type Id = { DelegationRequestId: string }
const denied = { name: 'AccessDenied' }
const invalid = { name: 'ValidationError' }
const refused = (message: RegExp) => ({ name: 'InvalidInputException', message })
const misplaced = (message: RegExp) => ({ name: 'ValidationError', message })
const unknown: Id = { DelegationRequestId: 'dr-00000000000000000000000000000000' }
const arnOf = ({ DelegationRequestId }: Id) => `arn:aws:iam::${account}:delegation-request/${DelegationRequestId}`

const get = (
  id: Id,
  { iam }: Pick<Clients, 'iam'> = given.admin,
  more: Partial<GetDelegationRequestCommandInput> = {},
) => iam.send(new GetDelegationRequestCommand({ ...id, ...more }))
const stateOf = async (id: Id) => (await get(id)).DelegationRequest!.State
const associate = (id: Id, { iam }: Pick<Clients, 'iam'> = given.owner) =>
  iam.send(new AssociateDelegationRequestCommand(id))
const forward = (id: Id, Notes?: string, { iam }: Pick<Clients, 'iam'> = given.owner) =>
  iam.send(new UpdateDelegationRequestCommand({ ...id, ...(Notes !== undefined && { Notes }) }))
const accept = (id: Id, { iam }: Pick<Clients, 'iam'> = given.admin) => iam.send(new AcceptDelegationRequestCommand(id))
const reject = (id: Id, Notes?: string, { iam }: Pick<Clients, 'iam'> = given.admin) =>
  iam.send(new RejectDelegationRequestCommand({ ...id, ...(Notes !== undefined && { Notes }) }))
const send = (id: Id, { iam }: Pick<Clients, 'iam'> = given.admin) => iam.send(new SendDelegationTokenCommand(id))

/** One that the owner has taken. */
async function taken(more: Partial<CreateDelegationRequestCommandInput> = {}): Promise<Id> {
  const id = await given.ask(more)
  await associate(id)
  return id
}

describe('CreateDelegationRequest', () => {
  test('refuses the wrong type', async () => {
    const nothing = {} as CreateDelegationRequestCommandInput
    await assert.rejects(given.partner.iam.send(new CreateDelegationRequestCommand(nothing)), invalid)
    await assert.rejects(given.ask({ SessionDuration: 'long' as unknown as number }))
  })

  test('refuses the wrong value', async () => {
    await assert.rejects(given.ask({ SessionDuration: 299 }), invalid)
    await assert.rejects(given.ask({ SessionDuration: 43_201 }), invalid)
    await assert.rejects(given.ask({ RedirectUrl: 'javascript:alert(1)' }), invalid)
    await assert.rejects(given.ask({ RequestorWorkflowId: 'four' }), invalid)
    await assert.rejects(
      given.ask({ OwnerAccountId: '111122223333' }),
      refused(/There is no account 111122223333 here/),
    )
    const Parameters = [{ Name: 'bucketName', Values: ['photos'] }]
    await assert.rejects(given.ask({ Permissions: { Parameters } }), refused(/must name a policy template/))
    const PolicyTemplateArn = `${templateArn}/other`
    await assert.rejects(given.ask({ Permissions: { PolicyTemplateArn } }), refused(/does not exist/))
    await assert.rejects(
      given.ask({ Permissions: { PolicyTemplateArn: templateArn } }),
      refused(/parameter bucketName/),
    )
  })

  test('renders the template, and takes a workflow once', async () => {
    const id = await given.ask({
      ...{ RequestorWorkflowId: 'once-only', RequestMessage: 'please', RedirectUrl: 'https://partner.example/back' },
      ...{ OwnerAccountId: account, OnlySendByOwner: true },
    })
    assert.match(id.DelegationRequestId, /^dr-[0-9a-f]{32}$/)
    const { DelegationRequest: one } = await get(id)
    assert.deepEqual(JSON.parse(one!.PermissionPolicy!), {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::photos/*' }],
    })
    const { State, RequestorName, RequestorId, OwnerAccountId, SessionDuration, OnlySendByOwner, RedirectUrl } = one!
    assert.deepEqual(
      { State, RequestorName, RequestorId, OwnerAccountId, SessionDuration, OnlySendByOwner, RedirectUrl },
      {
        ...{ State: 'UNASSIGNED', RequestorName: 'Photo Partner', RequestorId: account, OwnerAccountId: account },
        ...{ SessionDuration: 3600, OnlySendByOwner: true, RedirectUrl: 'https://partner.example/back' },
      },
    )
    assert.equal(one!.ExpirationTime!.getTime() - one!.CreateDate!.getTime(), 86_400_000)
    assert.equal(one!.Permissions!.Parameters![0]!.Type, 'string')
    await assert.rejects(given.ask({ RequestorWorkflowId: 'once-only' }), { name: 'EntityAlreadyExistsException' })
  })

  test('takes a managed policy of the account as a template without parameters', async () => {
    const PolicyDocument = allowing('s3:ListBucket', 'arn:aws:s3:::photos')
    const { Policy } = await given.admin.iam.send(new CreatePolicyCommand({ PolicyName: 'Lists', PolicyDocument }))
    const id = await given.ask({ Permissions: { PolicyTemplateArn: Policy!.Arn! } })
    const { DelegationRequest: one } = await get(id)
    assert.equal(one!.RequestorName, 'Lists')
    assert.deepEqual(JSON.parse(one!.PermissionPolicy!).Statement, [JSON.parse(PolicyDocument).Statement].flat())
  })

  test('is for whom policy lets, to topics that they may publish to and that somebody has', async () => {
    await assert.rejects(given.ask({}, given.owner), denied)
    const other = `arn:aws:sns:us-east-1:${account}:partner-other`
    await assert.rejects(given.ask({ NotificationChannel: other }), {
      ...denied,
      message: new RegExp(`sns:Publish on resource: ${other}`),
    })
    for (const NotificationChannel of [
      `arn:aws:sns:us-east-1:${account}:nowhere`,
      'arn:aws:sns:us-east-1:111122223333:partner-notices',
      `arn:aws:sqs:us-east-1:${account}:partner-notices`,
    ]) {
      await assert.rejects(given.ask({ NotificationChannel }, given.admin), refused(/is no topic of this account/))
    }
    const oneTemplate = document({
      ...{ Effect: 'Allow', Action: ['iam:CreateDelegationRequest', 'sns:Publish'], Resource: '*' },
      Condition: { StringEqualsIfExists: { 'iam:TemplateArn': 'another', 'iam:DelegationDuration': '3600' } },
    })
    await assert.rejects(given.ask({}, await given.user('one-template', oneTemplate)), denied)
  })
})

describe('GetDelegationRequest', () => {
  test('refuses the wrong value, and says nothing of requests to whom policy lets not ask', async () => {
    await assert.rejects(get({ DelegationRequestId: 'short' }), invalid)
    await assert.rejects(get(unknown), { name: 'NoSuchEntityException' })
    await assert.rejects(get(unknown, given.owner), denied)
  })

  test('is for everybody in the account while nobody owns it, then for the owner and whom policy lets', async () => {
    const id = await given.ask()
    await get(id, given.owner)
    await get(id, given.partner)
    await associate(id)
    const { DelegationRequest: one } = await get(id, given.owner)
    assert.deepEqual([one!.State, one!.OwnerId, one!.OwnerAccountId], ['ASSIGNED', given.owner.arn, account])
    await assert.rejects(get(id, given.partner), denied)
  })

  test('checks whether the caller may do what is asked for', async () => {
    const id = await given.ask()
    const check = async (UserName: string, policy?: string) =>
      (await get(id, await given.user(UserName, policy), { DelegationPermissionCheck: true })).PermissionCheckResult
    assert.equal(await check('check-none'), 'DENIED')
    assert.equal(await check('check-all', allowing('s3:*')), 'ALLOWED')
    assert.equal(await check('check-just', allowing('s3:GetObject', 'arn:aws:s3:::photos/*')), 'ALLOWED')
    assert.equal(await check('check-less', allowing('s3:GetObject', 'arn:aws:s3:::photos/mine/*')), 'DENIED')
    const onlyIf = {
      Effect: 'Allow',
      Action: 's3:*',
      Resource: '*',
      Condition: { Bool: { 'aws:SecureTransport': 'true' } },
    }
    assert.equal(await check('check-if', document(onlyIf)), 'UNSURE')
    const but = { Effect: 'Deny', Action: 's3:GetObject', Resource: 'arn:aws:s3:::photos/secret/*' }
    assert.equal(await check('check-but', document({ Effect: 'Allow', Action: 's3:*', Resource: '*' }, but)), 'UNSURE')
    assert.equal((await get(id)).PermissionCheckStatus, undefined)
    assert.equal(
      (await get(id, given.server.clients, { DelegationPermissionCheck: true })).PermissionCheckStatus,
      'COMPLETE',
    )
  })
})

describe('AssociateDelegationRequest', () => {
  test('refuses the wrong value', async () => {
    await assert.rejects(associate({ DelegationRequestId: '!'.repeat(20) }), invalid)
    await assert.rejects(associate(unknown, given.admin), { name: 'NoSuchEntityException' })
  })

  test('makes the caller the owner, one of them, once', async () => {
    const id = await given.ask()
    const callers = [given.owner, given.admin, given.owner, given.admin]
    const calls = await Promise.allSettled(callers.map((caller) => associate(id, caller)))
    assert.equal(calls.filter(({ status }) => status === 'fulfilled').length, 1)
    await assert.rejects(associate(id, given.admin), misplaced(/is ASSIGNED cannot become ASSIGNED/))
  })

  test('is denied to whom policy forbids it', async () => {
    const deny = document({ Effect: 'Deny', Action: 'iam:AssociateDelegationRequest', Resource: '*' })
    await assert.rejects(associate(await given.ask(), await given.user('forbidden', deny)), denied)
  })
})

describe('UpdateDelegationRequest', () => {
  test('refuses the wrong value and the wrong state', async () => {
    const id = await given.ask()
    await assert.rejects(forward(id, 'x'.repeat(501)), invalid)
    await assert.rejects(forward(id, 'x', given.admin), misplaced(/is UNASSIGNED/))
  })

  test('forwards to an administrator, by the owner', async () => {
    const id = await taken()
    await forward(id, 'please look')
    const { DelegationRequest: one } = await get(id)
    assert.deepEqual([one!.State, one!.Notes], ['PENDING_APPROVAL', 'please look'])
    await forward(id)
    assert.equal((await get(id)).DelegationRequest!.Notes, 'please look')
    await assert.rejects(forward(id, 'x', given.partner), denied)
  })
})

describe('AcceptDelegationRequest', () => {
  test('refuses the wrong value and the wrong state', async () => {
    await assert.rejects(accept({ DelegationRequestId: '' }), invalid)
    const id = await given.ask()
    await assert.rejects(accept(id), misplaced(/is UNASSIGNED cannot become ACCEPTED/))
  })

  test('is not the owner’s by default, and records who accepted', async () => {
    const id = await taken()
    await assert.rejects(accept(id, given.owner), denied)
    await accept(id)
    const { DelegationRequest: one } = await get(id)
    assert.deepEqual([one!.State, one!.ApproverId], ['ACCEPTED', given.admin.arn])
    await assert.rejects(accept(id), misplaced(/is ACCEPTED/))
  })

  test('is refused to credentials with a session policy, and to root for more than four hours', async () => {
    const id = await taken({ SessionDuration: 14_401 })
    const role = await makeRole(given.server.clients, 'Approver', { policy: allowing('*') })
    const limited = await assume(given.server, given.server.clients, role, { Policy: allowing('*') })
    await assert.rejects(accept(id, limited), misplaced(/session policy/))
    await assert.rejects(accept(id, given.server.clients), misplaced(/14400 seconds/))
    await accept(id, await assume(given.server, given.server.clients, role))
    assert.match((await get(id)).DelegationRequest!.ApproverId!, /:assumed-role\/Approver\/me$/)
    await accept(await taken({ SessionDuration: 14_400 }), given.server.clients)
  })
})

describe('RejectDelegationRequest', () => {
  test('refuses the wrong value and the wrong state', async () => {
    const id = await given.ask()
    await assert.rejects(reject(id, 'x'.repeat(501)), invalid)
    await assert.rejects(reject(id), misplaced(/is UNASSIGNED/))
  })

  test('ends a request, also an accepted one, with a reason, by the owner', async () => {
    for (const accepted of [false, true]) {
      const id = await taken()
      if (accepted) await accept(id)
      await reject(id, 'not today', given.owner)
      const { DelegationRequest: one } = await get(id)
      assert.deepEqual([one!.State, one!.RejectionReason], ['REJECTED', 'not today'])
      await assert.rejects(accept(id), misplaced(/is REJECTED/))
      await assert.rejects(send(id), misplaced(/is REJECTED/))
    }
  })
})

describe('SendDelegationToken', () => {
  test('refuses the wrong value and the wrong state', async () => {
    await assert.rejects(send({ DelegationRequestId: 'x' }), invalid)
    await assert.rejects(send(await taken()), misplaced(/is ASSIGNED cannot become FINALIZED/))
  })

  test('publishes the token to the topic once, and tells each state on the way', async () => {
    const id = await given.release()
    const told = given.notices().filter((one) => one['RequestId'] === id.DelegationRequestId)
    assert.deepEqual(
      told.map((one) => [one['Type'], one['State']]),
      [
        ['StateChange', 'ASSIGNED'],
        ['StateChange', 'ACCEPTED'],
        ['ExchangeToken', 'FINALIZED'],
        ['StateChange', 'FINALIZED'],
      ],
    )
    const [, , token] = told
    assert.equal(token!['OwnerAccountId'], account)
    assert.match(token!['RequestorWorkflowId']!, /^workflow-/)
    assert.ok(Date.parse(token!['ExpiresAt']!) > given.server.world.now() + 3_590_000)
    const published = given.behind.heard.findLast(({ body }) => body.includes('ExchangeToken'))!
    assert.equal(
      new URLSearchParams(published.body).get('TopicArn'),
      topic.replace('us-east-1', 'eu-west-1').replace(account, '111122223333'),
    )
    await assert.rejects(send(id), misplaced(/is FINALIZED/))
    await assert.rejects(reject(id), misplaced(/is FINALIZED/))
  })

  test('is the owner’s alone where the requester wants it so, and the owner’s by default', async () => {
    const id = await taken({ OnlySendByOwner: true })
    await accept(id)
    await assert.rejects(send(id), { ...denied, message: /Only its owner/ })
    await send(id, given.owner)
  })

  test('changes nothing when the topic does not take the token', async () => {
    const id = await taken()
    await accept(id)
    const restore = given.refuseNotices()
    await assert.rejects(send(id), { name: 'ServiceFailureException' })
    restore()
    assert.equal(await stateOf(id), 'ACCEPTED')
    await send(id)
    await given.redeem(given.tokenOf(id))
  })
})

describe('ListDelegationRequests', () => {
  const list = (clients: Pick<Clients, 'iam'>, more: { OwnerId?: string; MaxItems?: number; Marker?: string } = {}) =>
    clients.iam.send(new ListDelegationRequestsCommand(more))

  test('refuses the wrong value', async () => {
    await assert.rejects(list(given.admin, { MaxItems: 0 }), invalid)
    await assert.rejects(list(given.admin, { OwnerId: 'short' }), invalid)
    await assert.rejects(list(given.admin, { Marker: 'forged' }), invalid)
  })

  test('shows owners their own, and others to whom policy lets, page by page', async () => {
    const lister = await given.user('lister')
    const ids = [await given.ask(), await given.ask(), await given.ask()]
    await Promise.all(ids.slice(0, 2).map((id) => associate(id, lister)))
    const wanted = ids.slice(0, 2).map(({ DelegationRequestId }) => DelegationRequestId)
    const own = await list(lister, { OwnerId: lister.arn })
    assert.deepEqual(own.DelegationRequests!.map((one) => one.DelegationRequestId).sort(), wanted.sort())
    assert.equal(own.isTruncated, false)
    await assert.rejects(list(lister), denied)
    await assert.rejects(list(lister, { OwnerId: given.owner.arn }), denied)
    const first = await list(given.admin, { OwnerId: lister.arn, MaxItems: 1 })
    assert.deepEqual([first.DelegationRequests!.length, first.isTruncated], [1, true])
    const second = await list(given.admin, { OwnerId: lister.arn, Marker: first.Marker! })
    assert.deepEqual([second.DelegationRequests!.length, second.isTruncated], [1, false])
    const all = await list(given.admin)
    assert.ok(!all.DelegationRequests!.some((one) => one.DelegationRequestId === ids[2]!.DelegationRequestId))
  })
})

describe('GetHumanReadableSummary', () => {
  const summary = (EntityArn: string, { iam }: Pick<Clients, 'iam'> = given.admin, Locale?: string) =>
    iam.send(new GetHumanReadableSummaryCommand({ EntityArn, ...(Locale !== undefined && { Locale }) }))

  test('refuses the wrong value', async () => {
    await assert.rejects(summary('short'), invalid)
    await assert.rejects(summary(given.admin.arn), refused(/not the ARN of a delegation request/))
    await assert.rejects(summary(arnOf(unknown)), { name: 'NoSuchEntityException' })
    await assert.rejects(summary(given.admin.arn, given.owner), denied)
  })

  test('says in English what the request asks for, to whoever may see it', async () => {
    const id = await given.ask()
    const { SummaryContent, SummaryState, Locale } = await summary(arnOf(id), given.owner)
    assert.deepEqual([SummaryState, Locale], ['AVAILABLE', 'en'])
    assert.match(
      SummaryContent!,
      /^Photo Partner asks to act for 1 hour .*\n- s3:GetObject on arn:aws:s3:::photos\/\*\.$/,
    )
    const other = await summary(arnOf(id), given.owner, 'de')
    assert.deepEqual([other.SummaryState, other.SummaryContent, other.Locale], ['NOT_SUPPORTED', undefined, 'de'])
  })
})

test('who may manage requests of certain owners is told by iam:DelegationRequestOwner', async () => {
  const policy = document({
    ...{ Effect: 'Allow', Action: 'iam:AcceptDelegationRequest', Resource: '*' },
    Condition: { ArnEquals: { 'iam:DelegationRequestOwner': given.owner.arn } },
  })
  const approver = await given.user('approver-of-owner', policy)
  await accept(await taken(), approver)
  const others = await given.ask()
  await associate(others, given.admin)
  await assert.rejects(accept(others, approver), denied)
  await given.admin.iam.send(
    new PutUserPolicyCommand({ UserName: 'approver-of-owner', PolicyName: 'p', PolicyDocument: allowing('iam:*') }),
  )
  await accept(others, approver)
})

test('the requester is told when a request expires: once, of the state it had last, and again if the topic was away', async () => {
  const { world } = given.server
  const [loose, owned] = [await given.ask(), await taken()]
  const expiries = () => given.notices().filter(({ State }) => State === 'EXPIRED')
  const toldOf = ({ DelegationRequestId }: Id) =>
    expiries().filter(({ RequestId }) => RequestId === DelegationRequestId)
  const work = async () => {
    while ((await tryDue(world, expiryNotices)) > 0);
  }
  await work()
  const before = expiries().length
  const { DelegationRequest } = await get(loose)
  world.clock.advance(86_400_000)
  const listen = given.refuseNotices()
  await work()
  assert.equal(expiries().length, before)
  listen()
  world.clock.advance(3_600_000)
  await work()
  assert.equal(toldOf(loose).length, 1)
  // The answer of IAM has whole seconds.
  const told = Math.floor(Date.parse(toldOf(loose)[0]!['UpdatedAt']!) / 1000)
  assert.equal(told * 1000, DelegationRequest!.ExpirationTime!.getTime())
  assert.equal(toldOf(owned).length, 0, 'it is assigned by now, and has seven days')
  world.clock.advance(6 * 86_400_000)
  await work()
  await work()
  assert.deepEqual([toldOf(loose).length, toldOf(owned).length], [1, 1])
  world.clock.advance(-7 * 86_400_000 - 3_600_000)
})

test('what nobody takes expires, is seen as such for a while, and can no longer be moved', async () => {
  const { world } = given.server
  const [{ DelegationRequestId: loose }, { DelegationRequestId: owned }] = [await given.ask(), await taken()]
  world.clock.advance(86_400_000)
  const [expired, living] = [await findRequest(world, loose), await findRequest(world, owned)]
  assert.deepEqual([expired?.state, living?.state], ['EXPIRED', 'ASSIGNED'])
  await assert.rejects(forwardRequest(world, expired!, undefined), misplaced(/is EXPIRED/))
  world.clock.advance(6 * 86_400_000)
  assert.equal((await findRequest(world, owned))?.state, 'EXPIRED')
  await sweep(world.db as Database, world.now() + 31 * 86_400_000, expiring)
  assert.equal(await findRequest(world, owned), undefined)
})
