/** Buttons of providers on the sign-in page. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateIdentityProviderCommand,
  type CreateIdentityProviderCommandInput,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { openVisitor, requestOf } from '../support/hosted.ts'
import { makeIdpKey, makeMetadata } from '../support/saml-messages.ts'
import { openPages, type Pages, type Place } from './site.ts'

let pages: Pages
before(async () => {
  pages = await openPages()
})
after(() => pages?.close())

const oidc = { client_id: 'id', client_secret: 'secret', authorize_scopes: 'openid', attributes_request_method: 'GET' }
const addresses = {
  ...{ oidc_issuer: 'https://idp.example', authorize_url: 'https://idp.example/a', token_url: 'https://idp.example/t' },
  ...{ attributes_url: 'https://idp.example/u', jwks_uri: 'https://idp.example/k' },
}

async function offer(
  place: Place,
  names: readonly string[],
  providers: readonly Partial<CreateIdentityProviderCommandInput>[],
): Promise<void> {
  const { idp } = pages.server.clients
  for (const provider of providers) {
    await idp.send(
      new CreateIdentityProviderCommand({
        ...{
          UserPoolId: place.id,
          ProviderName: 'x',
          ProviderType: 'OIDC',
          ProviderDetails: { ...oidc, ...addresses },
        },
        ...provider,
      }),
    )
  }
  await idp.send(
    new UpdateUserPoolClientCommand({
      ...{ UserPoolId: place.id, ClientId: place.client.id, SupportedIdentityProviders: [...names] },
      ...{
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: ['openid', 'email'],
      },
      CallbackURLs: [pages.callback],
    }),
  )
}

test('each provider of the client has a button that leads to it; without the pool among them there is no form', async () => {
  const place = await pages.make()
  const google = { ProviderName: 'Google', ProviderType: 'Google', ProviderDetails: oidc } as const
  await offer(place, ['Google', 'Corp'], [google, { ProviderName: 'Corp' }])
  await pages.visit(async (page) => {
    await page.goto(place.address('/login'))
    assert.equal(await page.locator('form').count(), 0)
    for (const name of ['Google', 'Corp']) {
      const href = await page.getByRole('link', { name: `Continue with ${name}` }).getAttribute('href')
      const link = new URL(href ?? '', 'http://x')
      assert.equal(link.pathname, '/oauth2/authorize')
      assert.equal(link.searchParams.get('identity_provider'), name)
      assert.equal(link.searchParams.get('state'), 'the-state')
    }
  })
  const visitor = openVisitor()
  const query = requestOf(place, { redirect_uri: pages.callback })
  assert.equal((await visitor.go(`${place.url}/signup?${query}`)).status, 303)
})

test('where each of several SAML providers has identifiers, the classic page asks for an address, whose domain names one', async () => {
  const place = await pages.make()
  const key = await makeIdpKey()
  const saml = (name: string): Partial<CreateIdentityProviderCommandInput> => ({
    ProviderName: name,
    ProviderType: 'SAML',
    IdpIdentifiers: [`${name}.example`],
    ProviderDetails: { MetadataFile: makeMetadata({ entity: `https://${name}.example`, keys: [key] }) },
  })
  await offer(place, ['COGNITO', 'north', 'south'], [saml('north'), saml('south')])
  await pages.visit(async (page) => {
    await page.goto(place.address('/login'))
    assert.equal(await page.getByRole('link', { name: 'Continue with' }).count(), 0)
    const next = async (address: string) => {
      await page.getByLabel('Email address').fill(address)
      await page.getByRole('button', { name: 'Next' }).click()
    }
    await next('somebody@west.example')
    await page.getByText('This way to sign in is not available.').waitFor()
    await next('somebody@south.example')
    const href = await page.getByRole('link', { name: 'Continue with south' }).getAttribute('href')
    const link = new URL(href ?? '', 'http://x').searchParams
    assert.deepEqual([link.get('identity_provider'), link.get('idp_identifier')], ['south', null])
  })
})
