/** What a requester is told of its request, at its topic. AWS: IAM User Guide, "Configuring Notifications". */
import type { World } from '../../world.ts'
import { accessEnds, type DelegationRequest } from './request.ts'

const common = ({ id, workflowId, state, ownerAccount, updatedAt, expiresAt }: DelegationRequest) => ({
  RequestId: id,
  RequestorWorkflowId: workflowId,
  State: state,
  OwnerAccountId: ownerAccount,
  UpdatedAt: new Date(state === 'EXPIRED' ? expiresAt : updatedAt).toISOString(),
})

/** Rejects where the topic does not take it. */
export async function sendToken(
  world: Pick<World, 'topicAt'>,
  request: DelegationRequest,
  token: string,
): Promise<void> {
  const topic = world.topicAt(request.wish.channel)
  if (!topic) throw new Error(`No server has the topic ${request.wish.channel}.`)
  const ExpiresAt = new Date(accessEnds(request) ?? 0).toISOString()
  await topic.publish(JSON.stringify({ Type: 'ExchangeToken', ...common(request), ExchangeToken: token, ExpiresAt }))
}

/** Rejects where the topic does not take it; a topic that nobody has any more is told nothing. */
export async function publishState(world: Pick<World, 'topicAt'>, request: DelegationRequest): Promise<void> {
  await world.topicAt(request.wish.channel)?.publish(JSON.stringify({ Type: 'StateChange', ...common(request) }))
}

/** What cannot be told hinders nobody. */
export async function tellState(world: Pick<World, 'topicAt' | 'log'>, request: DelegationRequest): Promise<void> {
  try {
    await publishState(world, request)
  } catch (error) {
    world.log.warn({ err: error, request: request.id }, 'The state of a delegation request was not told.')
  }
}
