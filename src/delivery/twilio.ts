/** SMS by Twilio. Twilio: "Message resource", create; "Twilio's error and warning dictionary". */
import type { Fetched } from '../world.ts'
import type { SmsProvider, SmsSettings } from './sms-provider.ts'

export const twilio = ({ url, account, token, from }: Extract<SmsSettings, { provider: 'twilio' }>): SmsProvider => ({
  name: 'Twilio',
  request: ({ to, body }) => ({
    url: `${url}/2010-04-01/Accounts/${account}/Messages.json`,
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: new URLSearchParams({
      To: to,
      ...(from.startsWith('MG') ? { MessagingServiceSid: from } : { From: from }),
      Body: body,
    }).toString(),
  }),
  wordOf: (answer) => (codeOf(answer) === undefined ? '' : `code ${codeOf(answer)}`),
})

/** Only the number: Twilio's sentence names the receiver. */
function codeOf({ body }: Fetched): number | undefined {
  try {
    const { code } = JSON.parse(body.toString()) as { code?: unknown }
    return typeof code === 'number' ? code : undefined
  } catch {
    return undefined
  }
}
