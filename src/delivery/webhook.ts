/** SMS to an address of one's own: `{ to, body }` as JSON, signed so that the receiver knows who posts. */
import { signatureHeaders } from '../outbound/signed-post.ts'
import type { SmsProvider } from './sms-provider.ts'

export const webhook = ({ url }: { readonly url: string }, key: Buffer): SmsProvider => ({
  name: 'The SMS webhook',
  request(sms, now) {
    const body = JSON.stringify({ to: sms.to, body: sms.body })
    const headers = { 'content-type': 'application/json', ...signatureHeaders(key, body, now) }
    return { url, method: 'POST', headers, body }
  },
  wordOf: () => '',
})
