/** Pages survive what people do: a form sent twice, the back button, two tabs, a page left open too long. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SetUserPoolMfaConfigCommand } from '@aws-sdk/client-cognito-identity-provider'
import { codeIn, openVisitor } from '../support/hosted.ts'
import { password } from '../support/people.ts'
import { openPages, type Pages, type Place } from './site.ts'

let pages: Pages
before(async () => {
  pages = await openPages()
})
after(() => pages?.close())

const withCodes = async (): Promise<Place> => {
  const place = await pages.make({ pool: { AutoVerifiedAttributes: ['email'] } })
  await pages.server.clients.idp.send(
    new SetUserPoolMfaConfigCommand({
      UserPoolId: place.id,
      MfaConfiguration: 'ON',
      EmailMfaConfiguration: { Message: 'Your code is {####}', Subject: 'Code' },
    }),
  )
  return place
}
const query = (place: Place) => place.address('/x').split('?')[1] ?? ''

test('a code that is sent twice signs in once, and the second answer finds the session of the first', async () => {
  const place = await withCodes()
  await place.add('kim', { email: 'kim@example.com', email_verified: 'true' })
  const visitor = openVisitor()
  const asked = await visitor.signIn(place, query(place), 'kim')
  const at = new URL(asked.location, place.url).href
  const page = await visitor.go(at)
  const code = pages.server.world.codeSentTo('kim@example.com')
  const first = await visitor.send(page, at, { code })
  assert.ok(codeIn(first))
  const second = await visitor.send(page, at, { code })
  assert.equal(second.status, 303)
  const onward = await visitor.go(new URL(second.location, place.url).href)
  assert.ok(codeIn(onward))
})

test('each of two tabs is answered by what it was asked, whichever was opened last', async () => {
  const place = await withCodes()
  for (const name of ['lea', 'max']) await place.add(name, { email: `${name}@example.com`, email_verified: 'true' })
  const visitor = openVisitor()
  const open = async (name: string) => {
    const asked = await visitor.signIn(place, query(place), name)
    const at = new URL(asked.location, place.url).href
    return { at, page: await visitor.go(at), code: pages.server.world.codeSentTo(`${name}@example.com`) }
  }
  const [lea, max] = [await open('lea'), await open('max')]
  assert.ok(codeIn(await visitor.send(lea.page, lea.at, { code: lea.code })))
  visitor.jar.delete('cognito')
  assert.ok(codeIn(await visitor.send(max.page, max.at, { code: max.code })))
})

test('what one browser’s page knew is nothing in another browser', async () => {
  const place = await withCodes()
  await place.add('nora', { email: 'nora@example.com', email_verified: 'true' })
  const [mine, theirs] = [openVisitor(), openVisitor()]
  const asked = await mine.signIn(place, query(place), 'nora')
  const at = new URL(asked.location, place.url).href
  const page = await mine.go(at)
  const state = /name="_state" value="([^"]+)"/.exec(page.text)?.[1] ?? assert.fail()
  const login = await theirs.go(place.address('/login').replace(/^http:\/\/[^/]+/, place.url))
  const csrf = /name="_csrf" value="([^"]+)"/.exec(login.text)?.[1] ?? assert.fail()
  const code = pages.server.world.codeSentTo('nora@example.com')
  const body = new URLSearchParams({ _csrf: csrf, _state: state, code })
  const refused = await theirs.go(at, { method: 'POST', body })
  assert.equal(new URL(refused.location, place.url).searchParams.get('code'), null)
})

test('a sign-up that is sent twice, or again after going back, leads on to the code', async () => {
  const place = await pages.make({ pool: { AutoVerifiedAttributes: ['email'] } })
  await pages.visit(async (page) => {
    await page.goto(place.address('/signup'))
    const fill = async () => {
      await page.getByLabel('Username').fill('otto')
      await page.getByLabel('Email address').fill('otto@example.com')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign up' }).click()
      await page.getByLabel('Confirmation code').waitFor()
    }
    await fill()
    await page.goBack()
    await fill()
    await page.getByLabel('Confirmation code').fill(pages.server.world.codeSentTo('otto@example.com'))
    await page.getByRole('button', { name: 'Confirm account' }).click()
    assert.equal((await place.claimsAt(page))['cognito:username'], 'otto')
  })
})

test('after the sign-in the back button shows a page that works', async () => {
  const place = await pages.make()
  await place.add('pia')
  await pages.visit(async (page) => {
    await page.goto(place.address('/oauth2/authorize'))
    const enter = async () => {
      await page.getByLabel('Username').fill('pia')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.waitForURL(`${pages.callback}?*`)
    }
    await enter()
    await page.goBack()
    await enter()
  })
})

test('a page that was left open too long starts again, and says so', async () => {
  const place = await withCodes()
  await place.add('rita', { email: 'rita@example.com', email_verified: 'true' })
  await pages.visit(async (page) => {
    await page.goto(place.address('/login'))
    await page.getByLabel('Username').fill('rita')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Code').fill(pages.server.world.codeSentTo('rita@example.com'))
    pages.server.world.clock.advance(6 * 60_000)
    await page.getByRole('button', { name: 'Continue' }).click()
    assert.equal(await page.getByRole('alert').textContent(), 'Something went wrong. Please try again.')
    await page.getByLabel('Password').waitFor()
  })
})

test('the error page leads to where its client is registered, and nowhere that a link says', async () => {
  const place = await pages.make()
  const visitor = openVisitor()
  const error = (more: Record<string, string>) =>
    visitor.go(`${place.url}/error?${new URLSearchParams({ error: 'redirect_mismatch', ...more })}`)
  const known = await error({ client_id: place.client.id, redirect_uri: 'https://evil.example' })
  assert.match(known.text, new RegExp(`href="${new URL(pages.callback).origin}/"`))
  assert.doesNotMatch(known.text, /evil/)
  assert.doesNotMatch((await error({ client_id: 'someone' })).text, /href=/)
})
