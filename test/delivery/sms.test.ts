/** SMS leave through real servers that check what each provider's API demands; refusals are tried again only where safe. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { after, before, beforeEach, describe, test } from 'node:test'
import { readConfig, SettingError } from '../../src/config.ts'
import { DeliveryError } from '../../src/delivery/failure.ts'
import { createSend, type Delivery } from '../../src/delivery/send.ts'
import type { SmsSettings } from '../../src/delivery/sms-provider.ts'
import { createGuardedFetch } from '../../src/outbound/guarded-fetch.ts'
import { authenticate } from '../../src/wire/sigv4.ts'
import { sha256 } from '../../src/wire/sigv4-key.ts'
import type { Message } from '../../src/world.ts'

type Got = { method: string; path: string; headers: IncomingHttpHeaders; rawHeaders: string[]; body: string }
type Reply = { status: number; headers?: Record<string, string>; body?: string } | 'hang up'

const got: Got[] = []
/** What is answered next, in this order; then 200. */
const replies: Reply[] = []
const server = createServer(async (request, response) => {
  let body = ''
  for await (const part of request) body += part
  const { method = '', url: path = '', headers, rawHeaders } = request
  got.push({ method, path, headers, rawHeaders, body })
  const reply = replies.shift() ?? { status: 200 }
  if (reply === 'hang up') request.socket.destroy()
  else response.writeHead(reply.status, reply.headers).end(reply.body)
})
let url: string
before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(() => server.close())
beforeEach(() => {
  got.length = 0
  replies.length = 0
})

const webhookKey = Buffer.alloc(32, 7)
const message: Message = {
  channel: 'sms',
  to: '+15550100',
  subject: '',
  body: 'Your code is 123456 – & nothing else+',
  code: '123456',
  sentAt: 0,
}
const sendBy = (sms: SmsSettings | undefined, more: Partial<Delivery> = {}) =>
  createSend({
    ...{ smtpUrl: undefined, from: '', sms, webhookKey, mailbox: undefined, now: () => Date.now() },
    fetch: createGuardedFetch('all'),
    ...more,
  }).send(message)
const failure = (sent: Promise<void>) =>
  sent.then(
    () => assert.fail('was sent'),
    (error: unknown) => (error instanceof DeliveryError ? error : assert.fail(String(error))),
  )
const webhook = () => ({ provider: 'webhook', url: `${url}/sms` }) as const
const twilio = (from = '+15550999') => ({ provider: 'twilio', url, account: 'AC1', token: 's3:cret', from }) as const
const sns = () =>
  ({ provider: 'sns', url, region: 'eu-west-1', accessKeyId: 'AKID', secretAccessKey: 'secret' }) as const

describe('SMS by webhook', () => {
  test('is posted with a signature the receiver can check', async () => {
    await sendBy(webhook())
    const [{ body, headers, path } = assert.fail()] = got
    assert.equal(path, '/sms')
    assert.deepEqual(JSON.parse(body), { to: '+15550100', body: message.body })
    const signed = `${headers['x-poolhouse-timestamp']}.${body}`
    const signature = `sha256=${createHmac('sha256', webhookKey).update(signed).digest('hex')}`
    assert.equal(headers['x-poolhouse-signature'], signature)
  })

  test('case 73: is not reached in a private range unless the address is allowed', async () => {
    const error = await failure(sendBy(webhook(), { fetch: createGuardedFetch([]) }))
    assert.match(error.message, /private address/)
    assert.equal(got.length, 0)
  })
})

describe('SMS by Twilio', () => {
  test('is posted as the Message resource demands', async () => {
    replies.push({ status: 201, body: '{"sid":"SM1"}' })
    await sendBy(twilio())
    const [{ method, path, headers, body } = assert.fail()] = got
    assert.deepEqual([method, path], ['POST', '/2010-04-01/Accounts/AC1/Messages.json'])
    assert.equal(headers['content-type'], 'application/x-www-form-urlencoded')
    assert.equal(headers.authorization, `Basic ${Buffer.from('AC1:s3:cret').toString('base64')}`)
    const form = Object.fromEntries(new URLSearchParams(body))
    assert.deepEqual(form, { To: '+15550100', From: '+15550999', Body: message.body })
  })

  test('a messaging service is named as such', async () => {
    await sendBy(twilio('MG77'))
    const form = new URLSearchParams(got[0]?.body)
    assert.deepEqual([form.get('MessagingServiceSid'), form.get('From')], ['MG77', null])
  })

  test('a refusal is told by its number, without the receiver', async () => {
    const body = '{"code":21211,"message":"The number +15550100 is not valid","status":400}'
    replies.push({ status: 400, body }, { status: 401, body: '{"code":20003}' }, { status: 500, body: 'oops' })
    const refused = await failure(sendBy(twilio()))
    assert.deepEqual([refused.reason, refused.message], ['refused', 'Twilio answered 400, code 21211.'])
    assert.equal((await failure(sendBy(twilio()))).reason, 'not-allowed')
    assert.equal((await failure(sendBy(twilio()))).reason, 'unreachable')
    assert.equal(got.length, 3)
  })
})

describe('SMS by SNS', () => {
  test('is a Publish, signed so that a verifier of Signature Version 4 accepts it', async () => {
    await sendBy(sns())
    const [{ method, path, headers, rawHeaders, body } = assert.fail()] = got
    assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
      Action: 'Publish',
      Version: '2010-03-31',
      PhoneNumber: '+15550100',
      Message: message.body,
      'MessageAttributes.entry.1.Name': 'AWS.SNS.SMS.SMSType',
      'MessageAttributes.entry.1.Value.DataType': 'String',
      'MessageAttributes.entry.1.Value.StringValue': 'Transactional',
    })
    const call = (sent: string) => ({
      ...{ id: '', method, path, query: '', headers: headers as Record<string, string>, rawHeaders },
      ...{ body: Readable.from([sent]), address: '', secure: false },
    })
    const verify = (sent: string, secret = 'secret') =>
      authenticate(call(sent), {
        ...{ service: 'sns', region: 'eu-west-1', style: 'query', payloadHash: sha256(Buffer.from(sent)) },
        lookup: async (id) => (id === 'AKID' ? { secret, caller: 'us' } : { refusal: 'unknown-key' }),
        now: Date.now(),
      })
    assert.equal((await verify(body))?.found.caller, 'us')
    await assert.rejects(verify(body.replace('123456', '654321')), { code: 'SignatureDoesNotMatch' })
    await assert.rejects(verify(body, 'another'), { code: 'SignatureDoesNotMatch' })
  })

  test('its error codes say what the status does not', async () => {
    const error = (code: string) => ({ status: 400, body: `<Error><Code>${code}</Code><Message>+1</Message></Error>` })
    replies.push(error('InvalidParameter'), { ...error('AuthorizationError'), status: 403 })
    assert.equal((await failure(sendBy(sns()))).reason, 'refused')
    assert.equal((await failure(sendBy(sns()))).reason, 'not-allowed')
    assert.equal(got.length, 2)
    replies.push(error('Throttling'))
    await sendBy(sns())
    assert.equal(got.length, 4, 'throttled, then taken')
  })

  test('each try is signed anew', async () => {
    let time = Date.now()
    const now = () => {
      time += 1_000
      return time
    }
    replies.push({ status: 429 })
    await sendBy(sns(), { now })
    assert.equal(got.length, 2)
    assert.notEqual(got[0]?.headers['x-amz-date'], got[1]?.headers['x-amz-date'])
  })
})

describe('trying again', () => {
  test('429 is tried again, 503 only where it says when', async () => {
    replies.push({ status: 429 }, { status: 503, headers: { 'retry-after': '0' } })
    await sendBy(webhook())
    assert.equal(got.length, 3)
    replies.push({ status: 503 })
    assert.equal((await failure(sendBy(webhook()))).reason, 'busy')
    assert.equal(got.length, 4)
  })

  test('three tries are all', async () => {
    for (let n = 0; n < 5; n++) replies.push({ status: 429, headers: { 'retry-after': '0' } })
    assert.equal((await failure(sendBy(webhook()))).reason, 'busy')
    assert.equal(got.length, 3)
  })

  test('nobody is made to wait for a provider that wants more time than there is', async () => {
    replies.push({ status: 429, headers: { 'retry-after': '60' } })
    assert.equal((await failure(sendBy(webhook()))).reason, 'busy')
    replies.push({ status: 503, headers: { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() } })
    assert.equal((await failure(sendBy(webhook()))).reason, 'busy')
    assert.equal(got.length, 2)
  })

  test('what may have been taken is not sent again', async () => {
    replies.push('hang up')
    assert.equal((await failure(sendBy(twilio()))).reason, 'unreachable')
    assert.equal(got.length, 1)
  })

  test('a connection that was refused is tried again', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    let tries = 0
    const fetch = createGuardedFetch('all')
    const counting: typeof fetch = (to, request) => {
      tries++
      return tries === 1 ? fetch(`http://127.0.0.1:${port}/`, request) : fetch(to, request)
    }
    await sendBy(webhook(), { fetch: counting })
    assert.deepEqual([tries, got.length], [2, 1])
  })
})

describe('the settings of SMS', () => {
  const smsOf = (environment: Record<string, string>) => readConfig([], environment).sms
  const twilioRows = {
    POOLHOUSE_TWILIO_ACCOUNT_SID: 'AC1',
    POOLHOUSE_TWILIO_AUTH_TOKEN: 't',
    POOLHOUSE_TWILIO_FROM: '+15550999',
  }
  test('name one provider', () => {
    assert.equal(smsOf({}), undefined)
    assert.deepEqual(smsOf({ POOLHOUSE_SMS_WEBHOOK: 'https://sms.example/x/' }), {
      provider: 'webhook',
      url: 'https://sms.example/x',
    })
    assert.deepEqual(smsOf(twilioRows), {
      ...{ provider: 'twilio', url: 'https://api.twilio.com', account: 'AC1', token: 't', from: '+15550999' },
    })
    const snsRows = { POOLHOUSE_SNS_URL: 'https://sns.eu-west-1.amazonaws.com', POOLHOUSE_SNS_KEY: 'AKID:a:b' }
    assert.deepEqual(smsOf({ ...snsRows, POOLHOUSE_REGION: 'eu-west-1' }), {
      ...{ provider: 'sns', url: 'https://sns.eu-west-1.amazonaws.com', region: 'eu-west-1' },
      ...{ accessKeyId: 'AKID', secretAccessKey: 'a:b' },
    })
  })

  test('of two providers are refused with a sentence that names both', () => {
    const both = { ...twilioRows, POOLHOUSE_SMS_WEBHOOK: 'https://sms.example/' }
    assert.throws(() => smsOf(both), {
      message: /POOLHOUSE_SMS_WEBHOOK and POOLHOUSE_TWILIO_ACCOUNT_SID are set/,
    })
    assert.throws(() => smsOf(both), SettingError)
  })

  test('of half a provider are refused with what is missing', () => {
    assert.throws(() => smsOf({ POOLHOUSE_TWILIO_ACCOUNT_SID: 'AC1' }), /POOLHOUSE_TWILIO_AUTH_TOKEN/)
    assert.throws(() => smsOf({ POOLHOUSE_SNS_URL: 'https://sns.example' }), /POOLHOUSE_SNS_KEY/)
    assert.throws(() => smsOf({ POOLHOUSE_SNS_KEY: 'nothing' }), /POOLHOUSE_SNS_KEY: The key is written id:secret/)
  })
})
