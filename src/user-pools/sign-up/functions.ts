/** What a pool's functions have to say about new users: before they are made, and after they are confirmed. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { triggerAttributes } from '../triggers/attributes.ts'
import { callTrigger } from '../triggers/call.ts'
import { type Metadata, type MetadataOperation, metadataFor } from '../triggers/metadata.ts'
import type { SourceOf } from '../triggers/table.ts'
import { type Attributes, checkVerifications } from '../users/change.ts'
import { userBySub } from '../users/find.ts'

export type Decided = {
  readonly confirmed: boolean
  /** `email_verified` and `phone_number_verified` where the function says so. */
  readonly verified: Attributes
}

/** Asks PreSignUp about a user who signs up. Refuses to verify an address that is not there. */
export async function askBeforeSignUp(
  world: World,
  pool: Pool,
  user: { readonly username: string; readonly attributes: Attributes },
  clientId: string,
  sent: Metadata,
): Promise<Decided> {
  const answer = await callTrigger(world, pool, 'PreSignUp', 'PreSignUp_SignUp', {
    userName: user.username,
    clientId,
    request: { userAttributes: user.attributes, ...metadataFor('SignUp', 'PreSignUp', sent) },
  })
  const verified = {
    ...(answer?.autoVerifyEmail && { email_verified: 'true' }),
    ...(answer?.autoVerifyPhone && { phone_number_verified: 'true' }),
  }
  checkVerifications(verified, user.attributes)
  return { confirmed: answer?.autoConfirmUser ?? false, verified }
}

/** Tells PreSignUp of a user an administrator makes. It can refuse; what else it answers has no effect. */
export async function askBeforeInvitation(
  world: World,
  pool: Pool,
  user: { readonly username: string; readonly status: string; readonly attributes: Attributes },
  sent: Metadata,
): Promise<void> {
  const { sub: _, ...userAttributes } = triggerAttributes(user)
  await callTrigger(world, pool, 'PreSignUp', 'PreSignUp_AdminCreateUser', {
    userName: user.username,
    request: { userAttributes, ...metadataFor('AdminCreateUser', 'PreSignUp', sent) },
  })
}

/** Tells PostConfirmation of a user who is confirmed by now, or whose new password is. What is done stays done. */
export async function tellConfirmed(
  world: World,
  pool: Pool,
  sub: string,
  source: SourceOf<'PostConfirmation'>,
  by: {
    readonly operation: MetadataOperation
    readonly clientId?: string
    readonly ClientMetadata?: Readonly<Record<string, string>> | undefined
  },
): Promise<void> {
  if (pool.settings.LambdaConfig.PostConfirmation === undefined) return
  const user = await userBySub(world, pool, sub)
  if (!user) return
  const { clientMetadata } = metadataFor(by.operation, 'PostConfirmation', by)
  await callTrigger(world, pool, 'PostConfirmation', source, {
    userName: user.username,
    clientId: by.clientId,
    request: { userAttributes: triggerAttributes(user), clientMetadata },
  })
}
