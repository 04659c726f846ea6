/** The link that confirms a new user, in messages of pools that verify by link. AWS: API_VerificationMessageTemplateType. */
import type { World } from '../../world.ts'
import { hostedUrl } from '../domains/find.ts'
import type { Pool } from '../pools/pool.ts'
import type { MessageCause } from '../triggers/messages.ts'
import type { Channel } from './channel.ts'

/** Where the link leads. */
export const confirmPath = '/confirmUser'

/** Only e-mail for a sign-up; whoever verifies an address later gets a code. */
export const sendsLink = (pool: Pool, channel: Channel, { reason, clientId }: MessageCause): boolean =>
  pool.settings.VerificationMessageTemplate.DefaultEmailOption === 'CONFIRM_WITH_LINK' &&
  channel === 'email' &&
  (reason === 'SignUp' || reason === 'ResendCode') &&
  clientId !== undefined

/**
 * At the pool's domain where it has one. unproved: without one AWS sends no links; here they lead to this server. Never to
 * the host that a request named.
 */
export async function confirmationLink(
  world: Pick<World, 'db' | 'settings'>,
  pool: Pool,
  { clientId = '' }: MessageCause,
  { username }: { readonly username: string },
  code: string,
): Promise<string> {
  const base = (await hostedUrl(world, pool.id)) ?? world.settings.publicUrl
  const query = new URLSearchParams({ client_id: clientId, user_name: username, confirmation_code: code })
  return `${base}${confirmPath}?${query}`
}
