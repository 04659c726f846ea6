/** E-mail by SMTP (RFC 5321): connections kept for the next message, tried again where the server says so. */
import type { Message } from '../world.ts'
import { type Outcome, patience, persist } from './again.ts'
import { DeliveryError } from './failure.ts'

export type Smtp = { send(message: Message): Promise<void>; close(): void }

/** What a URL may say itself, as `?requireTLS=true&tls.rejectUnauthorized=false&maxConnections=10`. */
const otherwise = {
  pool: 'true',
  // Not nodemailer's own: it sends again what may have been taken when the connection was lost.
  maxRequeues: '0',
  connectionTimeout: '10000',
  greetingTimeout: '10000',
  // An idle connection is kept that long.
  socketTimeout: '60000',
}

/** `url` is `smtp://` (STARTTLS where the server offers it) or `smtps://` (TLS from the first byte). */
export function createSmtp(url: string, from: string, now: () => number): Smtp {
  const address = new URL(url)
  for (const [name, value] of Object.entries(otherwise))
    if (!address.searchParams.has(name)) address.searchParams.set(name, value)
  // Loaded with the first message: the library takes its megabytes.
  const open = async () => (await import('nodemailer')).default.createTransport(address.href, { from })
  let opened: ReturnType<typeof open> | undefined
  return {
    send: ({ to, subject, body }) =>
      persist(now, async (timeoutMs) => {
        opened ??= open()
        const transport = await opened
        // `to` as an object: nodemailer then reads no list and no display name out of it.
        const sent = transport.sendMail({
          to: { name: '', address: to },
          subject,
          html: body,
          text: textOf(body),
          disableFileAccess: true,
          disableUrlAccess: true,
        })
        const taken = sent.then((): Outcome => 'taken', judge)
        return Promise.race([taken, outOfPatience(timeoutMs)])
      }),
    close: () => void opened?.then((transport) => transport.close()),
  }
}

const outOfPatience = (ms: number): Promise<Outcome> =>
  new Promise((resolve) => {
    const failure = new DeliveryError('unreachable', `The mail server did not answer within ${patience} ms.`)
    setTimeout(() => resolve({ failure, again: 'never' }), ms).unref()
  })

/** Errors before there was a connection. */
const before: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EDNS'])

/** RFC 5321 4.2.1: after 4yz the message was not taken, and may be sent again; after 5yz it should not be. */
function judge(error: Error & { code?: unknown; responseCode?: unknown }): Outcome {
  const status = typeof error.responseCode === 'number' ? error.responseCode : undefined
  if (status !== undefined && status >= 400) {
    const temporary = status < 500
    const reason = error.code === 'EAUTH' && !temporary ? 'not-allowed' : temporary ? 'busy' : 'refused'
    // The server's sentence names the receiver.
    const failure = new DeliveryError(reason, `The mail server answered ${status}.`)
    return { failure, again: temporary ? 'soon' : 'never' }
  }
  const code = typeof error.code === 'string' ? error.code : error.name
  const failure = new DeliveryError('unreachable', `The mail server could not be reached: ${code}.`)
  return { failure, again: before.has(error.code) ? 'soon' : 'never' }
}

/** The text part for readers without HTML. */
export const textOf = (html: string): string =>
  html
    .replace(/<a href="([^"]*)">(.*?)<\/a>/gi, '$2: $1')
    .replace(/<br\s*\/?>|<\/p>/gi, '\n')
    .replace(/<[^<>]*>/g, '')
    .replace(
      /&(lt|gt|amp|quot|#39);/g,
      (_, name: string) => ({ lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" })[name] ?? '',
    )
