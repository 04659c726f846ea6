/**
 * Beyond AWS, which sends no nonce: whether a provider is asked to repeat one in its ID token. All are, but those that cannot,
 * LinkedIn among them: the member `send_nonce` of ProviderDetails says so.
 */
import { fail } from '../../wire/errors.ts'
import type { IdentityProvider, Text } from './provider.ts'

export const sendsNonce = ({ details }: Pick<IdentityProvider, 'details'>): boolean => details['send_nonce'] !== 'false'

export function checkNonce({ send_nonce: given }: Text): void {
  if (given !== undefined && given !== 'true' && given !== 'false') {
    fail('InvalidParameterException', 'send_nonce must be true or false.')
  }
}
