/** Where messages go: an SMTP server and an SMS provider where they are set, the mailbox in development, nowhere otherwise. */
import type { Message, World } from '../world.ts'
import { DeliveryError } from './failure.ts'
import { sendSms, smsProvider } from './sms.ts'
import type { SmsSettings } from './sms-provider.ts'
import { createSmtp } from './smtp.ts'

type Send = World['send']

export type Delivery = {
  readonly smtpUrl: string | undefined
  /** The sender of e-mail. */
  readonly from: string
  readonly sms: SmsSettings | undefined
  /** Signs webhook bodies, so that the receiver knows who posts. */
  readonly webhookKey: Buffer
  /** The guarded way out. */
  readonly fetch: World['fetch']
  readonly now: World['now']
  /** Development: keeps what no provider takes. */
  readonly mailbox: Send | undefined
}

const nowhere = (sentence: string): Send => {
  return () => Promise.reject(new DeliveryError('no-provider', sentence))
}

/** One function for both channels, and the end of its connections. Rejects with a DeliveryError. */
export function createSend(delivery: Delivery): { readonly send: Send; close(): void } {
  const { smtpUrl, from, sms, webhookKey, mailbox, now } = delivery
  const smtp = smtpUrl === undefined ? undefined : createSmtp(smtpUrl, from, now)
  const provider = sms && smsProvider(sms, webhookKey)
  const ways: Record<Message['channel'], Send> = {
    email: smtp?.send ?? mailbox ?? nowhere('E-mail cannot be sent: POOLHOUSE_SMTP_URL is not set.'),
    sms: provider
      ? (message) => sendSms(provider, delivery, message)
      : (mailbox ?? nowhere('SMS cannot be sent: no provider is set, such as POOLHOUSE_SMS_WEBHOOK.')),
  }
  return { send: (message) => ways[message.channel](message), close: () => smtp?.close() }
}
