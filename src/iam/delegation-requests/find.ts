/** Finding delegation requests: by id, by the exchange token, and for the credentials that rest on one. */
import type { Seal } from '../../protocols/seal.ts'
import type { Caller } from '../../wire/caller.ts'
import type { World } from '../../world.ts'
import { currentPrincipal } from '../principals/find.ts'
import { accessEnds, type DelegationRequest } from './request.ts'
import { type OwnerName, readOwned, readRequest, readRequestByToken } from './store.ts'

type Asking = Pick<World, 'db' | 'settings' | 'now'>

export const findRequest = (world: Asking, id: string): Promise<DelegationRequest | undefined> =>
  readRequest(world.db, world.settings.account, id, world.now())

/** The requests that have an owner, or that owner's, by id after the given one. */
export const ownedRequests = (
  world: Asking,
  owner: OwnerName | undefined,
  after: string | undefined,
  limit: number,
): Promise<DelegationRequest[]> =>
  readOwned(world.db, world.settings.account, { owner, after, limit, now: world.now() })

/** Under which a token is looked up. */
export const hashToken = (seal: Seal, token: string): string =>
  seal.mac('delegation-token', token).toString('base64url')

export const requestOfToken = (
  world: Asking & Pick<World, 'seal'>,
  token: string,
): Promise<DelegationRequest | undefined> =>
  readRequestByToken(world.db, world.settings.account, hashToken(world.seal, token), world.now())

/** Whether its token was released and still counts: its time has not ended, its owner and approver are there. */
export async function isStanding(world: Asking, request: DelegationRequest): Promise<boolean> {
  const ends = accessEnds(request)
  return (
    request.state === 'FINALIZED' &&
    ends !== undefined &&
    ends > world.now() &&
    (await isThere(world, request.owner?.id)) &&
    (await isThere(world, request.approver?.userId))
  )
}

/** For credentials of a delegation: whether it is still the one that they were made for. */
export async function delegationStands(
  world: Asking,
  { id, releasedAt }: NonNullable<Caller['delegation']>,
): Promise<boolean> {
  const request = await findRequest(world, id)
  return request?.releasedAt === releasedAt && isStanding(world, request)
}

/** The user or role of a caller's id, as it is now. */
export const principalWith = (world: Asking, userId: string) => currentPrincipal(world, userId.split(':', 1)[0] ?? '')

/** Whether the user or role, or root, still exists. */
export const isThere = async (world: Asking, userId: string | undefined): Promise<boolean> =>
  userId === world.settings.account || (userId !== undefined && (await principalWith(world, userId)) !== undefined)
