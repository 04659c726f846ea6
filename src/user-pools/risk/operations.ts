/**
 * Threat protection: what a pool does about risk, what its users did, and what they say about it. Owns the tables
 * pool_risks, client_risks, auth_events and provisioned_limits; never signs anybody in and never waits for a log to be delivered.
 * AWS: API reference, SetRiskConfiguration, DescribeRiskConfiguration, AdminListUserAuthEvents,
 * AdminUpdateAuthEventFeedback, UpdateAuthEventFeedback, GetProvisionedLimit, UpdateProvisionedLimit; Developer Guide, "Advanced security with threat protection".
 */
import { fail } from '../../wire/errors.ts'
import type { Context, Door, Operation } from '../../wire/operation.ts'
import { page, readPage } from '../../wire/paging.ts'
import type { World } from '../../world.ts'
import { clientInPool, refuseClient } from '../clients/find.ts'
import { account, admin, operation } from '../doors.ts'
import { requirePool } from '../pools/find.ts'
import type { Pool } from '../pools/pool.ts'
import { findUser, requireUser, userBySub } from '../users/find.ts'
import { requireAddOn } from './add-on.ts'
import { checkRisk, describeRisk, isReset } from './configuration.ts'
import { describeEvent } from './event.ts'
import { flush } from './event-log.ts'
import { type FeedbackTicket, giveFeedback, readFeedbackToken } from './feedback.ts'
import { categoryNamed, provision, ratesIn } from './provisioned.ts'
import { type Category, categories } from './rate-categories.ts'
import type { RiskDocument } from './risk-document.ts'
import { deleteClientRisk, deletePoolRisk, readEvents, writeClientRisk, writePoolRisk } from './store.ts'

/**
 * Replaces what was set for the pool or the client; the ids alone reset it. Threat protection must be on: so the API
 * reference. unproved: a public probe of July 2026 had it accepted in pools without.
 */
export const SetRiskConfiguration = operation('SetRiskConfiguration', admin, async (input, { world, pool }) => {
  const { UserPoolId, ClientId, ...document } = input
  requireAddOn(pool)
  if (ClientId !== undefined) await clientInPool(world, pool, ClientId)
  checkRisk(document)
  if (isReset(document)) {
    await (ClientId === undefined ? deletePoolRisk(world.db, pool.id) : deleteClientRisk(world.db, pool.id, ClientId))
  } else {
    const stored = { document: document satisfies RiskDocument, modifiedAt: world.now() }
    if (ClientId === undefined) await writePoolRisk(world.db, pool.id, stored)
    else if (!(await writeClientRisk(world.db, pool.id, ClientId, stored))) refuseClient(ClientId)
  }
  return { RiskConfiguration: await describeRisk(world, pool.id, ClientId) }
})

/** A client without answers of its own shows those of the pool, which hold for it. */
export const DescribeRiskConfiguration = operation(
  'DescribeRiskConfiguration',
  admin,
  async ({ ClientId }, { world, pool }) => {
    requireAddOn(pool)
    if (ClientId !== undefined) await clientInPool(world, pool, ClientId)
    return { RiskConfiguration: await describeRisk(world, pool.id, ClientId) }
  },
)

const usualPage = 60

/** Newest first. */
export const AdminListUserAuthEvents = operation('AdminListUserAuthEvents', admin, async (input, { world, pool }) => {
  const { Username, MaxResults, NextToken } = input
  requireAddOn(pool)
  const user = await requireUser(world, pool, Username)
  const paging = { list: `AdminListUserAuthEvents ${pool.id} ${user.sub}`, seal: world.seal, now: world.now() }
  const limit = MaxResults || usualPage
  const [at, id] = readPage(paging, NextToken) ?? []
  await flush(world)
  const before = at === undefined ? undefined : { at: Number(at), id: String(id) }
  const events = await readEvents(world.db, pool.id, user.sub, limit + 1, world.now(), before)
  const { rows, next } = page(paging, events, limit, (event) => [event.at, event.id])
  return { AuthEvents: rows.map(describeEvent), NextToken: next }
})

/** unproved: the sentence for an event that is not the user's. */
const refuseEvent = (): never => fail('ResourceNotFoundException', 'Auth event does not exist.')

export const AdminUpdateAuthEventFeedback = operation(
  'AdminUpdateAuthEventFeedback',
  admin,
  async ({ Username, EventId, FeedbackValue }, { world, pool }) => {
    requireAddOn(pool)
    const { sub } = await requireUser(world, pool, Username)
    const given = await giveFeedback(world, { poolId: pool.id, sub, eventId: EventId }, FeedbackValue, 'Admin')
    return given ? {} : refuseEvent()
  },
)

/** unproved: the sentence. */
const refuseToken = (): never => fail('NotAuthorizedException', 'Invalid feedback token')

type FeedbackRequest = { UserPoolId: string; Username: string; EventId: string; FeedbackToken: string }

/** Unsigned, by the token of a notice: nothing is told about pools, users and events to whoever has none for them. */
const notified: Door<FeedbackRequest, { pool: Pool; ticket: FeedbackTicket }> = {
  signed: false,
  async admit({ UserPoolId, Username, EventId, FeedbackToken }: FeedbackRequest, { world }: Context) {
    const ticket = readFeedbackToken(world, FeedbackToken) ?? refuseToken()
    if (ticket.poolId !== UserPoolId || ticket.eventId !== EventId) refuseToken()
    const pool = await requirePool(world, UserPoolId)
    if (!(await userBySub(world, pool, ticket.sub))) fail('UserNotFoundException', 'User does not exist.')
    const named = await findUser(world, pool, Username)
    if (named?.sub !== ticket.sub) refuseToken()
    return { pool, ticket }
  },
}

export const UpdateAuthEventFeedback = operation(
  'UpdateAuthEventFeedback',
  notified,
  async ({ FeedbackValue }, { world, pool, ticket }) => {
    requireAddOn(pool)
    return (await giveFeedback(world, ticket, FeedbackValue, 'User')) ? {} : refuseEvent()
  },
)

const describeLimit = async (world: World, region: string, category: Category) => ({
  Limit: {
    LimitDefinition: { LimitClass: 'API_CATEGORY' as const, Attributes: { Category: category } },
    ProvisionedLimitValue: (await ratesIn(world, region))[category],
    FreeLimitValue: categories[category],
  },
})

export const GetProvisionedLimit = operation('GetProvisionedLimit', account, ({ LimitDefinition }, { world, region }) =>
  describeLimit(world, region, categoryNamed(LimitDefinition.Attributes)),
)

/** Costs nothing here, and takes effect where a pool's tag asks for Cognito's rates. */
export const UpdateProvisionedLimit = operation(
  'UpdateProvisionedLimit',
  account,
  async ({ LimitDefinition, RequestedLimitValue }, { world, region }) => {
    const category = categoryNamed(LimitDefinition.Attributes)
    await provision(world, region, category, RequestedLimitValue)
    return describeLimit(world, region, category)
  },
)

export const operations: readonly Operation[] = [
  SetRiskConfiguration,
  DescribeRiskConfiguration,
  AdminListUserAuthEvents,
  AdminUpdateAuthEventFeedback,
  UpdateAuthEventFeedback,
  GetProvisionedLimit,
  UpdateProvisionedLimit,
]
