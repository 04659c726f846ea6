/** The link that confirms a new user, in messages of pools that verify by link. AWS: API_VerificationMessageTemplateType. */
import type { Settings } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import type { MessageCause } from '../triggers/messages.ts'
import type { Channel } from './deliver.ts'

/** Where the link leads. */
export const confirmPath = '/confirmUser'

/** Only e-mail for a sign-up; whoever verifies an address later gets a code. */
export const sendsLink = (pool: Pool, channel: Channel, { reason, clientId }: MessageCause): boolean =>
  pool.settings.VerificationMessageTemplate.DefaultEmailOption === 'CONFIRM_WITH_LINK' &&
  channel === 'email' &&
  (reason === 'SignUp' || reason === 'ResendCode') &&
  clientId !== undefined

/**
 * unproved: AWS's link leads to the pool's domain and needs one; here it leads to this server. Never to the host that a
 * request named.
 */
export function confirmationLink(
  { publicUrl }: Pick<Settings, 'publicUrl'>,
  { clientId = '' }: MessageCause,
  { username }: { readonly username: string },
  code: string,
): string {
  const query = new URLSearchParams({ client_id: clientId, user_name: username, confirmation_code: code })
  return `${publicUrl}${confirmPath}?${query}`
}
