/** A pool with both kinds of hosted login in a real browser, for the tests of the pages. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  CreateManagedLoginBrandingCommand,
  type CreateManagedLoginBrandingCommandInput,
  CreateTermsCommand,
  type CreateUserPoolClientCommandInput,
  type CreateUserPoolCommandInput,
  UpdateUserPoolDomainCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { ask, type HostedPool, makeHosted, requestOf } from '../support/hosted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'

export type Pages = {
  readonly server: TestServer
  readonly browser: Browser
  readonly callback: string
  /** What browsers refused to do: a form that the policy stops shows here only. */
  readonly complaints: string[]
  /** A pool, its client and its domain; managed login has a style unless told otherwise. */
  make(wanted?: Wanted): Promise<Place>
  visit<Value>(
    act: (page: Page, context: BrowserContext) => Promise<Value>,
    options?: BrowserContextOptions,
  ): Promise<Value>
  close(): Promise<void>
}

type Wanted = {
  readonly managed?: boolean
  readonly style?: Partial<CreateManagedLoginBrandingCommandInput> | 'none'
  readonly client?: Partial<CreateUserPoolClientCommandInput>
  readonly pool?: Partial<CreateUserPoolCommandInput>
  readonly terms?: boolean
}

export type Place = HostedPool & {
  address(path: string, more?: Record<string, string>): string
  /** The claims of the ID token for the code that the page came back with. */
  claimsAt(page: Page): Promise<Record<string, unknown>>
}

/** Needed wherever codes go by e-mail. */
export const sender = {
  EmailSendingAccount: 'DEVELOPER',
  SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.com',
} as const

export async function openPages(): Promise<Pages> {
  const server = await startTestServer()
  const app: Server = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html')
    answer.end('<!doctype html><html lang="en"><title>The app</title>')
  }).listen(0)
  const callback = `http://localhost:${(app.address() as AddressInfo).port}/callback`
  const browser = await openBrowser()
  const complaints: string[] = []
  const { idp } = server.clients
  return {
    ...{ server, browser, callback, complaints },
    async make({ managed = false, style = {}, client = {}, pool: settings = {}, terms = false } = {}) {
      const pool = await makeHosted(
        server,
        { CallbackURLs: [callback], LogoutURLs: [callback], ...client },
        { EmailConfiguration: sender, ...settings },
      )
      const UserPoolId = pool.id
      const ClientId = pool.client.id
      if (managed) {
        await idp.send(new UpdateUserPoolDomainCommand({ UserPoolId, Domain: pool.domain, ManagedLoginVersion: 2 }))
        if (style !== 'none') {
          await idp.send(new CreateManagedLoginBrandingCommand({ UserPoolId, ClientId, ...style }))
        }
      }
      if (terms) {
        const common = { UserPoolId, ClientId, TermsSource: 'LINK', Enforcement: 'NONE' } as const
        for (const TermsName of ['terms-of-use', 'privacy-policy']) {
          const Links = { 'cognito:default': `https://example.com/${TermsName}` } as const
          await idp.send(new CreateTermsCommand({ ...common, TermsName, Links }))
        }
      }
      const port = new URL(server.endpoint).port
      return {
        ...pool,
        address: (path, more = {}) =>
          `http://${pool.domain}.auth.localhost:${port}${path}?${requestOf(pool, { redirect_uri: callback, ...more })}`,
        async claimsAt(page) {
          await page.waitForURL(`${callback}?*`)
          const { body } = await ask(`${pool.url}/oauth2/token`, {
            ...{ grant_type: 'authorization_code', client_id: ClientId, redirect_uri: callback },
            code: new URL(page.url()).searchParams.get('code') ?? assert.fail(page.url()),
          })
          return claimsOf(body['id_token'])
        },
      }
    },
    async visit(act, options = {}) {
      const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en-US', ...options })
      try {
        const page = await context.newPage()
        page.setDefaultTimeout(10_000)
        page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
        return await act(page, context)
      } finally {
        await context.close()
      }
    },
    async close() {
      await browser.close()
      app.close()
      await server.close()
    },
  }
}

/** An authenticator of the browser's own, always willing. Scripts must be on. */
export async function addAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  })
}
