/** Switches on what lies beyond Cognito for a client, by a signed call as an administrator makes it. */
import assert from 'node:assert/strict'
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Keys } from './server.ts'

/** What the signer of AWS's SDK hashes with. */
class Sha256 {
  #hash: Hash | Hmac
  readonly #secret: unknown
  constructor(secret?: unknown) {
    this.#secret = secret
    this.#hash = this.#begin()
  }
  #begin(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret as string)
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
  reset(): void {
    this.#hash = this.#begin()
  }
}

type Place = { readonly endpoint: string }
export type Answered = { readonly status: number; readonly body: Record<string, unknown> }

/** One call about a client's document, signed with these keys; unsigned without any. */
export async function callExtensions(
  { endpoint }: Place,
  poolId: string,
  clientId: string,
  method: string,
  document?: unknown,
  credentials: Keys | undefined = { accessKeyId: 'test', secretAccessKey: 'test' },
  region = 'us-east-1',
): Promise<Answered> {
  const url = new URL(`${endpoint}/poolhouse/user-pools/${poolId}/clients/${clientId}/oauth-extensions`)
  const body = document === undefined ? '' : typeof document === 'string' ? document : JSON.stringify(document)
  const signer = new SignatureV4({
    credentials: credentials ?? { accessKeyId: '', secretAccessKey: '' },
    ...{ region, service: 'cognito-idp', sha256: Sha256 as never },
  })
  const headers = { host: url.host, 'content-type': 'application/json' }
  const request = { method, protocol: 'http:', hostname: url.hostname, port: Number(url.port), path: url.pathname }
  const signed = credentials ? (await signer.sign({ ...request, headers, body, query: {} })).headers : headers
  const answer = await fetch(url, { method, headers: signed, ...(body !== '' && { body }) })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

export async function extend(place: Place, pool: { readonly id: string }, clientId: string, document: object) {
  const { status, body } = await callExtensions(place, pool.id, clientId, 'PUT', document)
  assert.equal(status, 200, JSON.stringify(body))
}
