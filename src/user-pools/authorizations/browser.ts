/** The browser's own session at a domain: what the cookie of hosted login stands for, so that nobody is asked twice. */
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import { native, offers } from '../federation/find.ts'
import type { Pool } from '../pools/pool.ts'
import { lowerAlphanumeric, randomText } from '../pools/random-text.ts'
import { ssoMinutes } from '../sessions/sso.ts'
import type { Authentication } from '../tokens/levels.ts'
import type { Origin } from '../tokens/session.ts'
import { activityFrom } from '../tokens/tracked.ts'
import { userBySub } from '../users/find.ts'
import type { User } from '../users/user.ts'

export type { ListedBrowser } from './store.ts'

import {
  deleteBrowserById,
  deleteBrowserSession,
  insertBrowserSession,
  type ListedBrowser,
  readBrowserSession,
  readBrowserSessions,
} from './store.ts'

const minute = 60_000
/** AWS: the cookie lives for an hour from the sign-in and is not extended. */
const usualLife = 60 * minute

const hashOf = (world: World, token: string) => world.seal.mac('browser-session', token).toString('base64url')

type Place = { readonly pool: Pool; readonly domain: string }

/** Who has just proved who they are, and how. */
type Proved = {
  readonly user: User
  readonly from?: Origin | undefined
  /** The provider that vouches for them; the pool itself if absent. */
  readonly provider?: string | undefined
  readonly authentication?: Authentication | undefined
}

/**
 * Begins one for a user who has just proved who they are: the cookie's value, its life in seconds, and the id it is
 * listed by.
 */
export async function beginBrowserSession(
  world: World,
  { pool, domain }: Place,
  client: Client,
  { user, from, provider = native, authentication }: Proved,
): Promise<{ token: string; seconds: number; id: string }> {
  const token = world.random(32).toString('base64url')
  const now = world.now()
  const life = Math.max(usualLife, (await ssoMinutes(world, client)) * minute)
  const id = `sso${randomText(world, lowerAlphanumeric, 25)}`
  await insertBrowserSession(world.db, pool.id, hashOf(world, token), {
    ...{ id, clientId: client.id, activity: activityFrom(from, now) },
    sub: user.sub,
    domain,
    authTime: now,
    startedAt: now,
    signOuts: user.signOuts,
    expiresAt: now + life,
    provider,
    authentication,
  })
  return { token, seconds: Math.floor(life / 1000), id }
}

export type SignedIn = {
  /** The browser's session, if it was one that signed them in. */
  readonly browserId?: string | undefined
  readonly user: User
  /** By which provider, or by the pool itself. */
  readonly provider: string
  readonly authTime: number
  /** How they proved who they are. */
  readonly authentication?: Authentication | undefined
}

/** The states in which nothing is to be asked of a user first. What is due about a password is nothing to a provider's. */
const settled: ReadonlySet<User['status']> = new Set(['CONFIRMED', 'EXTERNAL_PROVIDER'])
const isSettled = (status: User['status'], provider: string): boolean =>
  provider === native ? settled.has(status) : status !== 'UNCONFIRMED'

/**
 * Who is signed in, as far as this client takes it: the session lives, is not older than the client allows, came about in
 * a way that the client offers, and its user may still sign in and has not signed out everywhere. AWS: "Managed login": a
 * session serves other clients "for the same sign-in method".
 */
export async function findBrowserSession(
  world: World,
  { pool, domain }: Place,
  client: Client,
  token: string,
): Promise<SignedIn | undefined> {
  const session = await readBrowserSession(world.db, pool.id, hashOf(world, token))
  const now = world.now()
  if (!session || session.domain !== domain || session.expiresAt <= now) return undefined
  if (!offers(client, session.provider)) return undefined
  if (now - session.authTime > (await ssoMinutes(world, client)) * minute) return undefined
  const user = await userBySub(world, pool, session.sub)
  const welcome = user?.enabled && isSettled(user.status, session.provider) && session.signOuts === user.signOuts
  const { authTime, authentication, provider, id: browserId } = session
  return welcome ? { user, provider, authTime, browserId, authentication } : undefined
}

/** Forgets it, so that a copy of the cookie is worth nothing either; what it was, if it was one. */
export const endBrowserSession = (
  world: World,
  pool: Pool,
  token: string,
): Promise<{ sub: string; id: string | undefined } | undefined> =>
  deleteBrowserSession(world.db, pool.id, hashOf(world, token))

/** The user's sessions at browsers that live, the newest first. */
export const browserSessions = (world: World, pool: Pool, user: User): Promise<ListedBrowser[]> =>
  readBrowserSessions(world.db, pool.id, user, world.now())

/** Ends the user's session at a browser; false if there is none of that id that lives. */
export const endBrowserById = (world: World, pool: Pool, user: User, id: string): Promise<boolean> =>
  deleteBrowserById(world.db, pool.id, user, id, world.now())
