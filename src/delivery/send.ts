/** Where messages go: an SMTP server and an SMS webhook where they are set, the mailbox in development, nowhere otherwise. */
import { createHmac } from 'node:crypto'
import nodemailer from 'nodemailer'
import type { Message, World } from '../world.ts'

type Send = World['send']

export type Delivery = {
  readonly smtpUrl: string | undefined
  /** The sender of e-mail. */
  readonly from: string
  readonly smsWebhook: string | undefined
  /** Signs webhook bodies, so that the receiver knows who posts. */
  readonly webhookKey: Buffer
  /** The guarded way out. */
  readonly fetch: World['fetch']
  /** Development: keeps what no provider takes. */
  readonly mailbox: Send | undefined
}

const patience = 15_000

/** One function for both channels. Rejects when the provider refuses, or when there is none. */
export function createSend(delivery: Delivery): Send {
  const mailbox = delivery.mailbox
  const ways: Record<Message['channel'], Send> = {
    email: delivery.smtpUrl
      ? sendBySmtp(delivery.smtpUrl, delivery.from)
      : (mailbox ?? (() => Promise.reject(new Error('E-mail cannot be sent: POOLHOUSE_SMTP_URL is not set.')))),
    sms: delivery.smsWebhook
      ? sendByWebhook(delivery.smsWebhook, delivery.webhookKey, delivery.fetch)
      : (mailbox ?? (() => Promise.reject(new Error('SMS cannot be sent: POOLHOUSE_SMS_WEBHOOK is not set.')))),
  }
  return (message) => ways[message.channel](message)
}

function sendBySmtp(url: string, from: string): Send {
  const transport = nodemailer.createTransport(url, { from })
  return async ({ to, subject, body }) => {
    // `to` as an object: nodemailer then reads no list and no display name out of it.
    await transport.sendMail({
      to: { name: '', address: to },
      subject,
      html: body,
      text: textOf(body),
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  }
}

/** The text part for readers without HTML. */
const textOf = (html: string) =>
  html
    .replace(/<br\s*\/?>|<\/p>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(
      /&(lt|gt|amp|quot|#39);/g,
      (_, name: string) => ({ lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" })[name] ?? '',
    )

function sendByWebhook(url: string, key: Buffer, fetch: World['fetch']): Send {
  return async ({ to, body }) => {
    const text = JSON.stringify({ to, body })
    const signature = `sha256=${createHmac('sha256', key).update(text).digest('hex')}`
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-poolhouse-signature': signature },
      body: text,
      timeoutMs: patience,
    })
    if (answer.status < 200 || answer.status > 299) throw new Error(`The SMS webhook answered ${answer.status}.`)
  }
}
