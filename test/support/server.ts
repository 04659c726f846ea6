/** The product on a free port of this machine, with SDK clients that sign as the account's root. */
import { CognitoIdentityClient } from '@aws-sdk/client-cognito-identity'
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider'
import { IAMClient } from '@aws-sdk/client-iam'
import { S3Client } from '@aws-sdk/client-s3'
import { STSClient } from '@aws-sdk/client-sts'
import { createApp } from '../../src/app.ts'
import { listen } from '../../src/server.ts'
import type { Settings } from '../../src/world.ts'
import { type TestWorld, type TestWorldOptions, testWorld } from './world.ts'

export type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string }

export type Clients = {
  idp: CognitoIdentityProviderClient
  identity: CognitoIdentityClient
  sts: STSClient
  iam: IAMClient
  s3: S3Client
}

export type TestServer = {
  readonly endpoint: string
  readonly world: TestWorld
  /** Signed with `test`/`test`. */
  readonly clients: Clients
  /** The same clients with other keys. */
  clientsWith(credentials: Keys): Clients
  /** A raw AWS JSON call, for what the SDK would not send. Unsigned. */
  post(
    target: string,
    body: unknown,
  ): Promise<{
    status: number
    headers: Headers
    body: { __type?: string; message?: string } & Record<string, unknown>
  }>
  close(): Promise<void>
}

export function clientsFor(endpoint: string, credentials: Keys): Clients {
  const common = { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }
  return {
    idp: new CognitoIdentityProviderClient(common),
    identity: new CognitoIdentityClient(common),
    sts: new STSClient(common),
    iam: new IAMClient(common),
    s3: new S3Client({ ...common, forcePathStyle: true }),
  }
}

/** Starts it; the public URL and issuer are the endpoint itself. Close it when done. */
export async function startTestServer(options: TestWorldOptions = {}): Promise<TestServer> {
  const world = await testWorld(options)
  const listener = await listen(createApp(world), 0, '127.0.0.1')
  const endpoint = `http://localhost:${listener.port}`
  if (!options.settings?.publicUrl)
    Object.assign(world.settings as { -readonly [K in keyof Settings]: Settings[K] }, {
      publicUrl: endpoint,
      issuer: options.settings?.issuer ?? endpoint,
    })
  const clients = clientsFor(endpoint, { accessKeyId: 'test', secretAccessKey: 'test' })
  return {
    endpoint,
    world,
    clients,
    clientsWith: (credentials) => clientsFor(endpoint, credentials),
    async post(target, body) {
      const answer = await fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : {} }
    },
    async close() {
      for (const client of Object.values(clients)) client.destroy()
      await listener.close()
      await world.close()
    },
  }
}
