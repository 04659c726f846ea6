/** Pools with threat protection, and requests from anywhere: the server trusts this machine as a proxy. */
import {
  AdminListUserAuthEventsCommand,
  type CreateUserPoolClientCommandInput,
  type CreateUserPoolCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import { makePool, password, type TestPool } from './people.ts'
import { startTestServer, type TestServer } from './server.ts'
import type { TestWorldOptions } from './world.ts'

export const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36'
export const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0'

export type From = { readonly address?: string; readonly agent?: string }
export type Answered = {
  readonly status: number
  readonly body: Record<string, unknown> & { __type?: string; message?: string }
}

export const startWatchedServer = (options: TestWorldOptions = {}): Promise<TestServer> =>
  startTestServer({ ...options, settings: { trustedProxies: ['127.0.0.0/8', '::1'], ...options.settings } })

export const makeWatchedPool = (
  server: TestServer,
  mode: 'AUDIT' | 'ENFORCED' = 'ENFORCED',
  settings: Partial<CreateUserPoolCommandInput> = {},
  client: Partial<CreateUserPoolClientCommandInput> = {},
): Promise<TestPool> =>
  makePool(
    server,
    { UserPoolTier: 'PLUS', UserPoolAddOns: { AdvancedSecurityMode: mode }, ...settings },
    { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'], ...client },
  )

/** An unsigned call as it comes through a proxy from that address. */
export async function callFrom(
  { endpoint }: TestServer,
  operation: string,
  body: object,
  { address = '8.8.8.8', agent = chrome }: From = {},
): Promise<Answered> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
      'x-forwarded-for': address,
      'user-agent': agent,
    },
    body: JSON.stringify(body),
  })
  return { status: answer.status, body: (await answer.json()) as Answered['body'] }
}

/** A sign-in by password. */
export const signInFrom = (
  server: TestServer,
  { clientId }: TestPool,
  username: string,
  from: From = {},
  secret = password,
): Promise<Answered> =>
  callFrom(
    server,
    'InitiateAuth',
    { ClientId: clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: username, PASSWORD: secret } },
    from,
  )

/** The user's events, newest first. */
export async function eventsOf({ clients }: TestServer, { id }: TestPool, username: string) {
  const listed = await clients.idp.send(new AdminListUserAuthEventsCommand({ UserPoolId: id, Username: username }))
  return listed.AuthEvents ?? []
}
