/** The account page in a real browser that runs no scripts. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  SetUserPoolMfaConfigCommand,
  SetUserPoolSessionConfigurationCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import type { Page } from 'playwright-core'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { totp } from '../../src/protocols/totp.ts'
import { openVisitor } from '../support/hosted.ts'
import { password } from '../support/people.ts'
import { openPages, type Pages, type Place } from './site.ts'

let pages: Pages
let place: Place
before(async () => {
  pages = await openPages()
  place = await pages.make({ managed: true, pool: { AutoVerifiedAttributes: ['email'] } })
  const { idp } = pages.server.clients
  await idp.send(
    new SetUserPoolMfaConfigCommand({
      UserPoolId: place.id,
      MfaConfiguration: 'OPTIONAL',
      SoftwareTokenMfaConfiguration: { Enabled: true },
    }),
  )
  await idp.send(
    new SetUserPoolSessionConfigurationCommand({
      ...{ UserPoolId: place.id, UserSessionTracking: 'ENABLED', TokenSession: { MaxPerUser: 10 } },
    }),
  )
})
after(() => pages?.close())

async function enter(page: Page, name: string, pass = password): Promise<void> {
  await page.goto(place.address('/account'))
  await page.getByLabel('Username').fill(name)
  await page.getByLabel('Password').fill(pass)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Your account' }).waitFor()
}

test('people change their names and addresses; a new address is theirs when its code comes back', async () => {
  await place.add('gwen', { email: 'gwen@example.com', email_verified: 'true', name: 'Gwen' })
  await pages.visit(async (page) => {
    await enter(page, 'gwen')
    await page.getByLabel('Name', { exact: true }).fill('Gwen <b>')
    await page.getByLabel('Email address').fill('new@example.com')
    await page.getByRole('button', { name: 'Save' }).first().click()
    await page.getByText('Your changes were saved.').waitFor()
    const again = page.getByRole('button', { name: 'Send a new code' })
    await again.click()
    await page.getByText('A new code is on its way.').waitFor()
    await again.click()
    await page.getByText('A new code was sent a moment ago.').waitFor()
    await page.getByLabel('Code', { exact: true }).fill(pages.server.world.codeSentTo('new@example.com'))
    await page.getByRole('button', { name: 'Confirm Email address' }).click()
    await page.getByText('Your changes were saved.').waitFor()
    const { attributes } = await place.look('gwen')
    assert.deepEqual(
      [attributes['name'], attributes['email'], attributes['email_verified']],
      ['Gwen <b>', 'new@example.com', 'true'],
    )
  })
})

test('people change their password with the present one, and set an authenticator app up', async () => {
  await place.add('hana')
  await pages.visit(async (page) => {
    await enter(page, 'hana')
    const change = async (present: string) => {
      await page.getByLabel('Present password').fill(present)
      await page.getByLabel('New password', { exact: true }).fill('Another-pass-1')
      await page.getByLabel('New password again').fill('Another-pass-1')
      await page.getByRole('button', { name: 'Change password' }).click()
    }
    await change('wrong')
    await page.getByRole('alert').waitFor()
    await change(password)
    await page.getByText('Your changes were saved.').waitFor()
    await page.getByRole('button', { name: 'Set up an app' }).click()
    const secret = fromBase32((await page.locator('code').textContent()) ?? '') ?? assert.fail('no key')
    await page.getByLabel('Code', { exact: true }).fill(totp(secret, pages.server.world.now()))
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('Your changes were saved.').waitFor()
    assert.equal(await page.getByLabel('A code from an authenticator app').isChecked(), true)
    await page.getByRole('button', { name: 'Sign out', exact: true }).last().click()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await page.goto(place.address('/account'))
    await page.getByLabel('Password').waitFor()
  })
})

test('people see where they are signed in, end a session elsewhere, and all of them', async () => {
  await place.add('ivan')
  const elsewhere = await place.tokenOf('ivan')
  await pages.visit(async (page) => {
    await enter(page, 'ivan')
    await page.getByText('This browser').waitFor()
    await page.getByText('Another place').waitFor()
    const here = page.locator('ul.list li', { hasText: 'This browser' })
    assert.match(await here.innerText(), /Last active .+ UTC$/)
    await page
      .getByRole('button', { name: /^Sign out of / })
      .first()
      .click()
    await page.getByText('Your changes were saved.').waitFor()
    const { GetUserCommand } = await import('@aws-sdk/client-cognito-identity-provider')
    await assert.rejects(pages.server.clients.idp.send(new GetUserCommand({ AccessToken: elsewhere })), /revoked/)
    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
  })
})

test('the page is for clients whose users may change their accounts, and for somebody who has just signed in', async () => {
  const closed = await pages.make({ client: { AllowedOAuthScopes: ['openid'] } })
  const visitor = openVisitor()
  const refused = await visitor.go(closed.address('/account', { scope: 'openid' }))
  assert.match(refused.location, /\/error\?error=Login\+option\+is\+not\+available/)
  await place.add('jo')
  const query = place.address('/x').split('?')[1] ?? ''
  await visitor.signIn(place, query, 'jo')
  assert.equal((await visitor.go(`${place.url}/account?${query}`)).status, 200)
  pages.server.world.clock.advance(16 * 60_000)
  assert.match((await visitor.go(`${place.url}/account?${query}`)).location, /\/login\?/)
})
