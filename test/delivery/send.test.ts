/** Messages leave through a real SMTP server and a real webhook, or are refused. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { createSend, type Delivery } from '../../src/delivery/send.ts'
import { createGuardedFetch } from '../../src/guarded-fetch.ts'
import type { Message } from '../../src/world.ts'

const nowhere: Delivery = {
  smtpUrl: undefined,
  from: 'no-reply@pool.example',
  smsWebhook: undefined,
  webhookKey: Buffer.alloc(32, 7),
  fetch: createGuardedFetch('all'),
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

/** A server that keeps what it is sent, and refuses one receiver. */
async function startSmtp(received: Received[]) {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: (address, _, done) =>
      done(address.address.startsWith('refused') ? new Error('No such mailbox') : undefined),
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        received.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map((one) => one.address),
          text: Buffer.concat(parts).toString(),
        })
        done()
      })
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  }
}

describe('e-mail by SMTP', () => {
  const received: Received[] = []
  let smtp: Awaited<ReturnType<typeof startSmtp>>
  before(async () => {
    smtp = await startSmtp(received)
  })
  after(() => smtp.close())
  const send = (message: Message) => createSend({ ...nowhere, smtpUrl: smtp.url })(message)

  test('arrives with sender, receiver, subject, and both HTML and text', async () => {
    received.length = 0
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
    await assert.rejects(send({ ...mail, to: 'refused@example.com' }))
  })

  test('case 60: a line break in the subject or the receiver adds no header and no receiver', async () => {
    received.length = 0
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

describe('SMS by webhook', () => {
  test('is posted with a signature the receiver can check', async () => {
    const posted: { body: string; signature: string }[] = []
    const hook = createServer(async (request, response) => {
      let body = ''
      for await (const part of request) body += part
      posted.push({ body, signature: String(request.headers['x-poolhouse-signature']) })
      response.writeHead(body.includes('+15550199') ? 500 : 204).end()
    }).listen(0, '127.0.0.1')
    await once(hook, 'listening')
    const send = createSend({ ...nowhere, smsWebhook: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/sms` })
    try {
      await send(sms)
      const { body, signature } = posted[0] as (typeof posted)[number]
      assert.deepEqual(JSON.parse(body), { to: '+15550100', body: 'Your code is 123456' })
      assert.equal(signature, `sha256=${createHmac('sha256', nowhere.webhookKey).update(body).digest('hex')}`)
      await assert.rejects(send({ ...sms, to: '+15550199' }), /answered 500/)
    } finally {
      hook.close()
      hook.closeAllConnections()
    }
  })
})

describe('a webhook on a private address', () => {
  test('case 73: is not reached unless the address is allowed', async () => {
    const send = createSend({ ...nowhere, fetch: createGuardedFetch([]), smsWebhook: 'http://127.0.0.1:9/sms' })
    await assert.rejects(send(sms), { name: 'FetchError', reason: 'refused' })
  })
})

describe('without a provider', () => {
  test('a message is refused with the name of the missing setting', async () => {
    await assert.rejects(createSend(nowhere)(mail), /POOLHOUSE_SMTP_URL/)
    await assert.rejects(createSend(nowhere)(sms), /POOLHOUSE_SMS_WEBHOOK/)
  })

  test('the mailbox takes it in development', async () => {
    const kept: Message[] = []
    const send = createSend({ ...nowhere, mailbox: async (message) => void kept.push(message) })
    await send(mail)
    await send(sms)
    assert.deepEqual(kept, [mail, sms])
  })
})
