/** Pools that verify by link: the message, the page it leads to, and who may learn what from it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as requestHttp } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import {
  ConfirmSignUpCommand,
  CreateUserPoolDomainCommand,
  ForgotPasswordCommand,
  GetUserAttributeVerificationCodeCommand,
  ResendConfirmationCodeCommand,
  SignUpCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { list, makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const verifying = {
  AutoVerifiedAttributes: ['email' as const],
  VerificationMessageTemplate: {
    DefaultEmailOption: 'CONFIRM_WITH_LINK' as const,
    EmailSubjectByLink: 'Welcome, {username}',
    EmailMessageByLink: '<p>Hello {username}, {##press <b>here</b>##}.</p>',
  },
}

let server: TestServer
let pool: TestPool
before(async () => {
  server = await startTestServer()
  pool = await makePool(server, verifying, { PreventUserExistenceErrors: 'ENABLED' })
})
after(() => server.close())
beforeEach(() => {
  server.world.outbox.length = 0
})

let people = 0
async function signUp(of = pool) {
  const name = `ann${++people}`
  const UserAttributes = list({ email: `${name}@example.com` })
  await server.clients.idp.send(
    new SignUpCommand({ ClientId: of.clientId, Username: name, Password: password, UserAttributes }),
  )
  return name
}
const newest = () => server.world.outbox.at(-1) ?? assert.fail('nothing was sent')
const linkIn = (body: string) =>
  /<a href="([^"]+)">/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? assert.fail(`no link in ${body}`)
const visit = async (link: string, init?: RequestInit) => {
  const answer = await fetch(link, init)
  return { status: answer.status, headers: answer.headers, page: await answer.text() }
}
const linkTo = (user_name: string, confirmation_code: string, client_id = pool.clientId) =>
  `${server.endpoint}/confirmUser?${new URLSearchParams({ client_id, user_name, confirmation_code })}`

describe('the message', () => {
  test('has a link in the words of the pool, to this server, with client, user and code', async () => {
    const name = await signUp()
    const { subject, body, code } = newest()
    assert.equal(subject, `Welcome, ${name}`)
    const link = new URL(linkIn(body))
    assert.equal(body, `<p>Hello ${name}, <a href="${link.href.replaceAll('&', '&amp;')}">press <b>here</b></a>.</p>`)
    assert.equal(link.origin + link.pathname, `${server.endpoint}/confirmUser`)
    assert.deepEqual(Object.fromEntries(link.searchParams), {
      ...{ client_id: pool.clientId, user_name: name, confirmation_code: code },
    })
  })

  test('has words of its own where the pool has none', async () => {
    const plain = await makePool(server, {
      ...verifying,
      VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_LINK' },
    })
    await signUp(plain)
    assert.equal(newest().subject, 'Your verification link')
    assert.match(newest().body, /<a href="[^"]+">Verify Email<\/a>/)
  })

  test('case 53: leads to the public URL, whatever host the request names', async () => {
    const ClientId = pool.clientId
    const UserAttributes = list({ email: 'host@example.com' })
    const { port } = new URL(server.endpoint)
    const body = JSON.stringify({ ClientId, Username: 'hostile', Password: password, UserAttributes })
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example',
      'x-amz-target': 'AWSCognitoIdentityProviderService.SignUp',
      'content-type': 'application/x-amz-json-1.1',
    }
    const status = await new Promise((resolve, reject) => {
      const sent = requestHttp({ host: '127.0.0.1', port, method: 'POST', headers }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      sent.on('error', reject)
      sent.end(body)
    })
    assert.equal(status, 200)
    assert.equal(new URL(linkIn(newest().body)).origin, server.endpoint)
  })

  test('leads to the domain of a pool that has one, and is answered there', async () => {
    const hosted = await makePool(server, verifying)
    await server.clients.idp.send(new CreateUserPoolDomainCommand({ UserPoolId: hosted.id, Domain: 'links' }))
    const name = await signUp(hosted)
    const link = new URL(linkIn(newest().body))
    const { port } = new URL(server.endpoint)
    assert.equal(link.origin, `http://links.auth.localhost:${port}`)
    const path = `${link.pathname}${link.search}`
    const status = await new Promise((resolve, reject) => {
      const asked = { host: '127.0.0.1', port, path, headers: { host: link.host } }
      requestHttp(asked, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end()
    })
    assert.equal(status, 200)
    assert.equal((await hosted.look(name)).status, 'CONFIRMED')
    assert.equal((await visit(`${server.endpoint}/domains/links${path}`)).status, 200)
  })

  test('is a code for everything but a sign-up', async () => {
    await pool.add('eve', { email: 'eve@example.com', email_verified: 'true' })
    await server.clients.idp.send(new ForgotPasswordCommand({ ClientId: pool.clientId, Username: 'eve' }))
    assert.equal(newest().body, `Your verification code is ${newest().code}. `)
    const AccessToken = await pool.tokenOf('eve')
    await server.clients.idp.send(new GetUserAttributeVerificationCodeCommand({ AccessToken, AttributeName: 'email' }))
    assert.doesNotMatch(newest().body, /href/)
  })
})

describe('the page', () => {
  test('confirms the user and the address, once, and is friendly to who comes again', async () => {
    const name = await signUp()
    const link = linkIn(newest().body)
    const first = await visit(link)
    assert.equal(first.status, 200)
    assert.match(first.page, /You are confirmed/)
    const { status, attributes } = await pool.look(name)
    assert.deepEqual([status, attributes['email_verified']], ['CONFIRMED', 'true'])
    const again = await visit(link)
    assert.deepEqual([again.status, again.page], [first.status, first.page])
    const changed = await visit(linkTo(name, '000000'))
    assert.equal(changed.status, 400)
  })

  test('of visits at the same time all are friendly, and the code is taken once', async () => {
    const name = await signUp()
    const link = linkIn(newest().body)
    const answers = await Promise.all(Array.from({ length: 5 }, () => visit(link)))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.equal((await pool.look(name)).status, 'CONFIRMED')
  })

  test('does nothing for HEAD, and takes no other method', async () => {
    const name = await signUp()
    const link = linkIn(newest().body)
    assert.equal((await visit(link, { method: 'HEAD' })).status, 200)
    assert.equal((await visit(link, { method: 'POST' })).status, 405)
    assert.equal((await pool.look(name)).status, 'UNCONFIRMED')
  })

  test('a newer link ends the older one; the code in it works through the API as well', async () => {
    const name = await signUp()
    const older = linkIn(newest().body)
    const { code } = newest()
    await server.clients.idp.send(new ResendConfirmationCodeCommand({ ClientId: pool.clientId, Username: name }))
    await until(() => newest().code !== code)
    assert.equal((await visit(older)).status, 400)
    const ConfirmationCode = newest().code
    await server.clients.idp.send(
      new ConfirmSignUpCommand({ ClientId: pool.clientId, Username: name, ConfirmationCode }),
    )
    assert.equal((await pool.look(name)).status, 'CONFIRMED')
  })

  test('a link is good for a day', async () => {
    await signUp()
    const link = linkIn(newest().body)
    const day = 24 * 3_600_000 + 1
    server.world.clock.advance(day)
    const { status } = await visit(link)
    server.world.clock.advance(-day)
    assert.equal(status, 400)
  })

  test('loads and runs nothing, is kept nowhere, and shows nothing of the request', async () => {
    const { headers, page } = await visit(linkTo('<script>alert(1)</script>', '<img src=x>'))
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /^default-src 'none'/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe/)
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.doesNotMatch(page, /alert\(1\)|<img|<script/)
  })

  test('case 36: looks the same for a wrong code, an unknown user, a confirmed user and an unknown client', async () => {
    const unconfirmed = await signUp()
    await pool.add('confirmed', { email: 'c@example.com' })
    const wrong = newest().code === '000000' ? '000001' : '000000'
    const links = [
      linkTo(unconfirmed, wrong),
      linkTo('nobody', wrong),
      linkTo('confirmed', wrong),
      linkTo('x', wrong, 'a'),
    ]
    const answers = await Promise.all([...links, `${server.endpoint}/confirmUser`].map((link) => visit(link)))
    assert.deepEqual(new Set(answers.map(({ status, page }) => `${status} ${page}`)).size, 1)
  })

  test('case 48: a code dies at the fifth wrong link, and an hour has fifteen tries', async () => {
    const name = await signUp()
    const { code } = newest()
    const wrong = code === '000000' ? '000001' : '000000'
    for (let n = 0; n < 5; n++) assert.equal((await visit(linkTo(name, wrong))).status, 400)
    assert.equal((await visit(linkTo(name, code))).status, 400)
    for (let n = 0; n < 9; n++) await visit(linkTo(name, wrong))
    assert.equal((await visit(linkTo(name, wrong))).status, 429)
  })

  test('case 5: a parameter given twice is refused', async () => {
    const name = await signUp()
    assert.equal((await visit(`${linkIn(newest().body)}&user_name=other`)).status, 400)
    assert.equal((await pool.look(name)).status, 'UNCONFIRMED')
  })
})

describe('a CustomMessage function', () => {
  test('is told of the link, and may use it or the code, or neither at its peril', async () => {
    const code = `export const handler = async (event) => {
      const { request: { linkParameter, codeParameter, userAttributes }, response } = event
      const bodies = { link: 'Press ' + linkParameter, own: '{##here we go##}', code: codeParameter, none: 'Hello' }
      response.emailMessage = bodies[userAttributes.nickname]
      response.emailSubject = String(linkParameter)
      return event
    }`
    const folder = mkdtempSync(join(tmpdir(), 'poolhouse-links-'))
    writeFileSync(join(folder, 'words.mjs'), code)
    const told = await startTestServer({ functions: folder })
    try {
      const own = await makePool(told, {
        ...verifying,
        EmailConfiguration: {
          EmailSendingAccount: 'DEVELOPER',
          SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.com',
        },
        LambdaConfig: { CustomMessage: 'arn:aws:lambda:us-east-1:000000000000:function:words' },
      })
      const send = async (nickname: string) => {
        const UserAttributes = list({ email: `${nickname}@example.com`, nickname })
        await told.clients.idp.send(
          new SignUpCommand({ ClientId: own.clientId, Username: nickname, Password: password, UserAttributes }),
        )
        return told.world.outbox.at(-1) ?? assert.fail('nothing was sent')
      }
      const linked = await send('link')
      assert.equal(linked.subject, '{##Verify Email##}')
      assert.match(linked.body, /^Press <a href="http[^"]+confirmUser[^"]+">Verify Email<\/a>$/)
      assert.match((await send('own')).body, />here we go<\/a>$/)
      assert.match((await send('code')).body, /^\d{6}$/)
      await refused(send('none'), 'InvalidParameterException', / at 'emailBody' failed /)
    } finally {
      await told.close()
      rmSync(folder, { recursive: true })
    }
  })
})

describe('the settings', () => {
  test('refuse a text without the place of the link', () =>
    refused(
      server.clients.idp.send(
        new UpdateUserPoolCommand({
          UserPoolId: pool.id,
          VerificationMessageTemplate: { EmailMessageByLink: 'nothing to press here' },
        }),
      ),
      'InvalidParameterException',
    ))
})
