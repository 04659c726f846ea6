/** E-mail leaves through a real SMTP server, or is refused; without a provider nothing leaves. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { DeliveryError } from '../../src/delivery/failure.ts'
import { createSend, type Delivery } from '../../src/delivery/send.ts'
import { createGuardedFetch } from '../../src/outbound/guarded-fetch.ts'
import type { Message } from '../../src/world.ts'

const nowhere: Delivery = {
  smtpUrl: undefined,
  from: 'no-reply@pool.example',
  sms: undefined,
  webhookKey: Buffer.alloc(32, 7),
  fetch: createGuardedFetch('all'),
  now: () => Date.now(),
  mailbox: undefined,
}
const mail: Message = {
  channel: 'email',
  to: 'ann@example.com',
  subject: 'Your code',
  body: '<p>Your verification code is <b>123456</b> &amp; nothing else.</p>',
  code: '123456',
  sentAt: 0,
}
const sms: Message = { ...mail, channel: 'sms', to: '+15550100', subject: '', body: 'Your code is 123456' }

type Received = { from: string; to: string[]; text: string }

const refusal = (status: number, sentence: string) => Object.assign(new Error(sentence), { responseCode: status })

/** A server that keeps what it is sent, counts connections, and refuses some receivers: for ever, once, or always for now. */
async function startSmtp(received: Received[], options: SMTPServerOptions = {}) {
  const counts = { connections: 0, tries: 0 }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    ...options,
    onConnect(_, done) {
      counts.connections++
      done()
    },
    onRcptTo({ address }, _, done) {
      counts.tries++
      if (address.startsWith('refused')) done(refusal(550, `No such mailbox ${address}`))
      else if (address.startsWith('later') && counts.tries === 1) done(refusal(450, 'Come again'))
      else if (address.startsWith('never')) done(refusal(450, 'Come again'))
      else done()
    },
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const text = Buffer.concat(parts).toString()
        received.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map((one) => one.address), text })
        done()
      })
    },
  })
  // A client that hangs up during the handshake is no fault of the server.
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  return {
    port: (server.server.address() as AddressInfo).port,
    counts,
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  }
}

describe('e-mail by SMTP', () => {
  const received: Received[] = []
  let smtp: Awaited<ReturnType<typeof startSmtp>>
  let messages: ReturnType<typeof createSend>
  before(async () => {
    smtp = await startSmtp(received)
    messages = createSend({ ...nowhere, smtpUrl: `smtp://127.0.0.1:${smtp.port}` })
  })
  after(async () => {
    messages.close()
    await smtp.close()
  })
  beforeEach(() => {
    received.length = 0
    smtp.counts.tries = 0
  })
  const send = (message: Message) => messages.send(message)

  test('arrives with sender, receiver, subject, and both HTML and text', async () => {
    await send(mail)
    assert.equal(received.length, 1)
    const { from, to, text } = received[0] as Received
    assert.equal(from, 'no-reply@pool.example')
    assert.deepEqual(to, ['ann@example.com'])
    assert.match(text, /^Subject: Your code\r$/m)
    assert.match(text, /<b>123456<\/b>/)
    assert.match(text, /Your verification code is 123456 & nothing else\./)
  })

  test('is refused when the server refuses the receiver', async () => {
    const error = await send({ ...mail, to: 'refused@example.com' }).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof DeliveryError)
    assert.equal(error.reason, 'refused')
    assert.doesNotMatch(error.message, /refused@/, 'the log learns no address')
    assert.equal(smtp.counts.tries, 1)
  })

  test('is sent again where the server says that it did not take it for now, and not for ever', async () => {
    await send({ ...mail, to: 'later@example.com' })
    assert.deepEqual(received[0]?.to, ['later@example.com'])
    assert.equal(smtp.counts.tries, 2)
    smtp.counts.tries = 0
    await assert.rejects(send({ ...mail, to: 'never@example.com' }), { reason: 'busy' })
    assert.equal(smtp.counts.tries, 3)
  })

  test('goes over one connection as long as it lasts', async () => {
    await send(mail)
    const { connections } = smtp.counts
    for (let n = 0; n < 5; n++) await send(mail)
    assert.equal(smtp.counts.connections, connections)
    assert.equal(received.length, 6)
  })

  test('a link is an address in the text part', async () => {
    await send({ ...mail, body: '<p>Press <a href="https://pool.example/x?a=1&amp;b=2">here</a></p>' })
    assert.match(received[0]?.text ?? '', /Press here: https:\/\/pool\.example\/x\?a=1&b=2/)
  })

  test('case 60: a line break in the subject or the receiver adds no header and no receiver', async () => {
    await send({ ...mail, subject: 'Hello\r\nBcc: eve@example.com' })
    await send({ ...mail, to: 'ann@example.com, eve@example.com' }).catch(() => {})
    await send({ ...mail, to: 'ann@example.com\r\nRCPT TO:<eve@example.com>' }).catch(() => {})
    assert.ok(received.length >= 1)
    for (const one of received) {
      assert.ok(!one.to.includes('eve@example.com'), JSON.stringify(one.to))
      assert.doesNotMatch(one.text, /^Bcc:/im)
    }
  })
})

describe('an SMTP server that cannot be trusted or goes away', () => {
  test('a message that may have been taken is not sent again', async () => {
    let connections = 0
    let data = 0
    const server = createServer((socket) => {
      connections++
      socket.on('error', () => {})
      socket.write('220 mail.example ESMTP\r\n')
      let inData = false
      socket.on('data', (part) => {
        const line = part.toString()
        if (inData || !line.startsWith('DATA')) {
          if (inData) socket.destroy()
          else socket.write('250 ok\r\n')
          return
        }
        data++
        inData = true
        socket.write('354 go on\r\n')
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const messages = createSend({ ...nowhere, smtpUrl: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}` })
    await assert.rejects(messages.send(mail), { reason: 'unreachable' })
    assert.equal(data, 1)
    assert.equal(connections, 1)
    messages.close()
    server.close()
  })

  test('requireTLS in the URL: nothing is sent in clear', async () => {
    const received: Received[] = []
    const smtp = await startSmtp(received)
    const messages = createSend({ ...nowhere, smtpUrl: `smtp://127.0.0.1:${smtp.port}?requireTLS=true` })
    await assert.rejects(messages.send(mail), DeliveryError)
    assert.deepEqual(received, [])
    messages.close()
    await smtp.close()
  })

  test('smtps refuses a certificate nobody vouches for, unless the URL says that it may', async () => {
    const received: Received[] = []
    const smtp = await startSmtp(received, { secure: true })
    const strict = createSend({ ...nowhere, smtpUrl: `smtps://127.0.0.1:${smtp.port}` })
    await assert.rejects(strict.send(mail), { reason: 'unreachable' })
    const trusting = createSend({ ...nowhere, smtpUrl: `smtps://127.0.0.1:${smtp.port}?tls.rejectUnauthorized=false` })
    await trusting.send(mail)
    assert.equal(received.length, 1)
    strict.close()
    trusting.close()
    await smtp.close()
  })

  test('who may not log in is told apart', async () => {
    const smtp = await startSmtp([], {
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_, __, done) => done(refusal(535, 'Wrong password')),
    })
    const messages = createSend({ ...nowhere, smtpUrl: `smtp://me:wrong@127.0.0.1:${smtp.port}` })
    await assert.rejects(messages.send(mail), { reason: 'not-allowed' })
    messages.close()
    await smtp.close()
  })
})

describe('without a provider', () => {
  test('a message is refused with the name of the missing setting', async () => {
    await assert.rejects(createSend(nowhere).send(mail), { reason: 'no-provider', message: /POOLHOUSE_SMTP_URL/ })
    await assert.rejects(createSend(nowhere).send(sms), { reason: 'no-provider', message: /POOLHOUSE_SMS_WEBHOOK/ })
  })

  test('the mailbox takes it in development', async () => {
    const kept: Message[] = []
    const { send } = createSend({ ...nowhere, mailbox: async (message) => void kept.push(message) })
    await send(mail)
    await send(sms)
    assert.deepEqual(kept, [mail, sms])
  })
})
