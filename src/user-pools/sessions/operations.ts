/**
 * Sessions as people see them: where somebody is signed in, and how to end one of these places. Owns the table
 * client_sessions; the sessions themselves are those of the slices tokens and authorizations (browsers').
 * AWS: API_ListUserSessions and its neighbours.
 */
import type { SessionDescriptionType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import type { Operation } from '../../wire/operation.ts'
import { readPage } from '../../wire/paging.ts'
import type { World } from '../../world.ts'
import { browserSessions, endBrowserById, type ListedBrowser } from '../authorizations/browser.ts'
import { refuseClient } from '../clients/find.ts'
import { admin, adminClient, operation, user } from '../doors.ts'
import { noteSignOut } from '../logout-notices/notify.ts'
import { changeSettings } from '../pools/change.ts'
import type { Pool } from '../pools/pool.ts'
import { endOfBrowser } from '../tokens/of-browser.ts'
import type { TrackedSession } from '../tokens/session.ts'
import { endTracked, trackedSessions } from '../tokens/tracked.ts'
import { requireUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { checkAssociated, checkOneOf, checkRange, refuseLite, requireTracking, untracked } from './configuration.ts'
import { longestSsoMinutes, ssoMinutes } from './sso.ts'
import { writeSsoMinutes } from './store.ts'

const describe = (session: TrackedSession, current?: string): SessionDescriptionType => ({
  SessionId: session.trackedId,
  SessionType: 'TOKEN',
  ClientId: session.clientId,
  CreateDate: new Date(session.createdAt),
  LastActiveDate: new Date(session.activeAt),
  DeviceType: session.deviceType,
  LastIPAddress: session.address,
  OriginSessionId: session.browserId,
  IsCurrentSession: session.id === current,
})

/** unproved: whether a browser's session is the current one for a token that came from it; AWS speaks of tokens only. */
const describeBrowser = (session: ListedBrowser): SessionDescriptionType => ({
  SessionId: session.id,
  SessionType: 'SSO',
  ClientId: session.clientId,
  CreateDate: new Date(session.createdAt),
  LastActiveDate: new Date(session.activeAt),
  DeviceType: session.deviceType,
  LastIPAddress: session.address,
  IsCurrentSession: false,
})

/** One page always holds them all, so that any NextToken is somebody's invention. */
async function list(world: World, pool: Pool, of: User, nextToken: string | undefined, current?: string) {
  requireTracking(pool)
  readPage({ list: `ListUserSessions ${pool.id} ${of.sub}`, seal: world.seal, now: world.now() }, nextToken)
  const [sessions, browsers] = await Promise.all([trackedSessions(world, pool, of), browserSessions(world, pool, of)])
  return { Sessions: [...sessions.map((session) => describe(session, current)), ...browsers.map(describeBrowser)] }
}

/** Another user's session is none of this user's. unproved: the sentence. */
async function revoke(
  world: World,
  pool: Pool,
  of: User,
  sessionId: string,
  associated: string | undefined,
): Promise<Record<string, never>> {
  const linked = associated === 'LINKED'
  const browserId = sessionId.startsWith('sso')
    ? sessionId
    : (await trackedSessions(world, pool, of)).find(({ trackedId }) => trackedId === sessionId)?.browserId
  // Before anything is revoked: whoever holds tokens now is told.
  if (browserId !== undefined && (linked || browserId === sessionId)) await noteSignOut(world, pool, of.sub, browserId)
  const ended = await (browserId === sessionId ? endBrowserById : endTracked)(world, pool, of, sessionId)
  if (!ended) fail('ResourceNotFoundException', 'Session does not exist.')
  if (!linked || browserId === undefined) return {}
  // AWS: a token session takes its browser's along, and a browser's the tokens that came from it.
  if (browserId === sessionId) await endOfBrowser(world, pool, of.sub, browserId)
  else await endBrowserById(world, pool, of, browserId)
  return {}
}

export const ListUserSessions = operation('ListUserSessions', user, ({ NextToken }, { world, pool, user, token }) =>
  list(world, pool, user, NextToken, token.session.id),
)

export const AdminListUserSessions = operation('AdminListUserSessions', admin, async (input, { world, pool }) =>
  list(world, pool, await requireUser(world, pool, input.Username), input.NextToken),
)

export const RevokeUserSession = operation('RevokeUserSession', user, async (input, { world, pool, user, token }) => {
  checkAssociated(input.RevokeAssociatedSessions)
  requireTracking(pool)
  // unproved: code and sentence. AWS: "You can't revoke the session that the calling access token belongs to."
  if (token.session.trackedId === input.SessionId) {
    fail('InvalidParameterException', 'The current session cannot be revoked.')
  }
  return revoke(world, pool, user, input.SessionId, input.RevokeAssociatedSessions)
})

export const AdminRevokeUserSession = operation('AdminRevokeUserSession', admin, async (input, { world, pool }) => {
  checkAssociated(input.RevokeAssociatedSessions)
  requireTracking(pool)
  const of = await requireUser(world, pool, input.Username)
  return revoke(world, pool, of, input.SessionId, input.RevokeAssociatedSessions)
})

export const GetUserPoolSessionConfiguration = operation('GetUserPoolSessionConfiguration', admin, (_, { pool }) => ({
  UserPoolId: pool.id,
  ...(pool.settings.SessionConfiguration ?? untracked),
}))

export const SetUserPoolSessionConfiguration = operation(
  'SetUserPoolSessionConfiguration',
  admin,
  async ({ UserSessionTracking, TokenSession }, { world, pool }) => {
    checkOneOf('userSessionTracking', UserSessionTracking, ['ENABLED', 'DISABLED'])
    checkRange('tokenSession.maxPerUser', TokenSession.MaxPerUser, 1, 100)
    refuseLite(pool)
    const SessionConfiguration = { UserSessionTracking, TokenSession }
    await changeSettings(world, pool, (before) => ({ ...before, SessionConfiguration }))
    return { UserPoolId: pool.id, ...SessionConfiguration }
  },
)

export const GetUserPoolClientSessionConfiguration = operation(
  'GetUserPoolClientSessionConfiguration',
  adminClient,
  async (_, { world, pool, client }) => ({
    UserPoolId: pool.id,
    ClientId: client.id,
    SSOSession: { MaxValidityMinutes: await ssoMinutes(world, client) },
  }),
)

export const SetUserPoolClientSessionConfiguration = operation(
  'SetUserPoolClientSessionConfiguration',
  adminClient,
  async ({ SSOSession }, { world, pool, client }) => {
    checkRange('sSOSession.maxValidityMinutes', SSOSession.MaxValidityMinutes, 0, longestSsoMinutes)
    refuseLite(pool)
    requireTracking(pool)
    const written = await writeSsoMinutes(world.db, pool.id, client.id, SSOSession.MaxValidityMinutes)
    if (!written) refuseClient(client.id)
    return { UserPoolId: pool.id, ClientId: client.id, SSOSession }
  },
)

export const operations: readonly Operation[] = [
  ListUserSessions,
  AdminListUserSessions,
  RevokeUserSession,
  AdminRevokeUserSession,
  GetUserPoolSessionConfiguration,
  SetUserPoolSessionConfiguration,
  GetUserPoolClientSessionConfiguration,
  SetUserPoolClientSessionConfiguration,
]
