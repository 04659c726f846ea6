/** How e-mail and SMS leave. */
import type { SmsSettings } from '../delivery/sms-provider.ts'
import { type Given, type Rows, readText, readUrl, refuse } from './setting.ts'

export const messages = {
  smtpUrl: {
    variable: 'POOLHOUSE_SMTP_URL',
    otherwise: 'none: with --dev the mailbox; otherwise sending e-mail fails',
    help: '`smtp://user:password@host:587` or `smtps://…`: the server that sends e-mail; options as in `?requireTLS=true`',
    read: (value) =>
      /^smtps?:\/\//.test(value) && URL.canParse(value)
        ? value
        : refuse('The SMTP URL must be one that begins with smtp:// or smtps://.'),
  },
  mailFrom: {
    flag: '--mail-from',
    variable: 'POOLHOUSE_MAIL_FROM',
    otherwise: 'no-reply@ the host of the public URL',
    help: 'sender of e-mail',
    read: readText,
  },
  smsWebhook: {
    variable: 'POOLHOUSE_SMS_WEBHOOK',
    otherwise: 'none: with --dev the mailbox; otherwise sending SMS fails',
    help: 'SMS by a webhook: an https URL that is posted `{ to, body }` for each SMS, signed in `x-poolhouse-signature`',
    read: readUrl,
  },
  twilioAccount: {
    variable: 'POOLHOUSE_TWILIO_ACCOUNT_SID',
    otherwise: 'none',
    help: 'SMS by Twilio: the account (`AC…`); needs the two settings that follow',
    read: (value) => (/^\w{2,64}$/.test(value) ? value : refuse(`'${value}' is no account SID.`)),
  },
  twilioToken: {
    variable: 'POOLHOUSE_TWILIO_AUTH_TOKEN',
    otherwise: 'none',
    help: "SMS by Twilio: the account's token",
    read: readText,
  },
  twilioFrom: {
    variable: 'POOLHOUSE_TWILIO_FROM',
    otherwise: 'none',
    help: "SMS by Twilio: a number, a sender's name, or the SID of a messaging service (`MG…`)",
    read: readText,
  },
  twilioUrl: {
    variable: 'POOLHOUSE_TWILIO_URL',
    otherwise: 'https://api.twilio.com',
    help: "SMS by Twilio: the API's address, for what speaks it elsewhere",
    read: readUrl,
  },
  snsUrl: {
    variable: 'POOLHOUSE_SNS_URL',
    otherwise: 'none',
    help: 'SMS by Amazon SNS or what speaks its Publish: `https://sns.eu-west-1.amazonaws.com`; needs a key',
    read: readUrl,
  },
  snsRegion: {
    variable: 'POOLHOUSE_SNS_REGION',
    otherwise: 'the default region',
    help: 'SMS by SNS: the region that requests are signed for',
    read: readText,
  },
  snsKey: {
    variable: 'POOLHOUSE_SNS_KEY',
    otherwise: 'none',
    help: 'SMS by SNS: the access key that signs, `id:secret`',
    read: (value): readonly [id: string, secret: string] => {
      const [, id, secret] = /^(\w{3,128}):(.+)$/.exec(value) ?? []
      return id && secret ? [id, secret] : refuse('The key is written id:secret.')
    },
  },
} satisfies Rows

/** The one provider of SMS that the rows name. Refuses two, and one that lacks a row. */
export function smsOf(rows: Given<typeof messages>, region: string): SmsSettings | undefined {
  const { smsWebhook, twilioAccount: account, twilioToken: token, twilioFrom: from, twilioUrl, snsUrl, snsKey } = rows
  const given = [
    ['POOLHOUSE_SMS_WEBHOOK', smsWebhook],
    ['POOLHOUSE_TWILIO_ACCOUNT_SID', account ?? token ?? from ?? twilioUrl],
    ['POOLHOUSE_SNS_URL', snsUrl ?? snsKey ?? rows.snsRegion],
  ].flatMap(([name, value]) => (value === undefined ? [] : [name]))
  if (given.length > 1) return refuse(`SMS has one provider; ${given.join(' and ')} are set. Leave one of them out.`)
  if (smsWebhook !== undefined) return { provider: 'webhook', url: smsWebhook }
  if (given[0] === 'POOLHOUSE_TWILIO_ACCOUNT_SID')
    return account && token && from
      ? { provider: 'twilio', url: twilioUrl ?? 'https://api.twilio.com', account, token, from }
      : refuse('Twilio needs POOLHOUSE_TWILIO_ACCOUNT_SID, POOLHOUSE_TWILIO_AUTH_TOKEN and POOLHOUSE_TWILIO_FROM.')
  if (given.length === 0) return undefined
  if (!snsUrl || !snsKey) return refuse('SNS needs POOLHOUSE_SNS_URL and POOLHOUSE_SNS_KEY.')
  const [accessKeyId, secretAccessKey] = snsKey
  return { provider: 'sns', url: snsUrl, region: rows.snsRegion ?? region, accessKeyId, secretAccessKey }
}
