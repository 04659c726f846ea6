/** Calls made in process as the account's root, through the very operations that clients reach over the wire. */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { answerS3, s3Address } from '../gateway/s3.ts'
import { findCredentials } from '../sts/credentials.ts'
import type { Answer, Call } from '../wire/http.ts'
import type { InputOf, OperationName, OutputOf } from '../wire/operation.ts'
import { answerOperation, findOperation, type Service } from '../wire/service.ts'
import { canonicalRequest } from '../wire/sigv4-canonical.ts'
import { scopeText, sha256, sign, signingKey, stringToSign } from '../wire/sigv4-key.ts'
import type { World } from '../world.ts'

/** The SDK module that describes each service. */
type Sdk = {
  'cognito-idp': typeof import('@aws-sdk/client-cognito-identity-provider')
  'cognito-identity': typeof import('@aws-sdk/client-cognito-identity')
  iam: typeof import('@aws-sdk/client-iam')
}

/** One operation, checked and answered as over the wire; only the signature is not needed. Throws what a client would be told. */
export async function callAsRoot<Name extends keyof Sdk, Op extends OperationName<Sdk[Name]>>(
  services: Readonly<Record<string, Service>>,
  world: World,
  service: Name,
  operation: Op,
  input: InputOf<Sdk[Name], Op>,
): Promise<OutputOf<Sdk[Name], Op>> {
  const described = services[service]
  const unknown = () => new Error(`There is no ${service}:${operation}.`)
  if (!described) throw unknown()
  const [accessKeyId] = rootKey(world)
  const found = await findCredentials(world, accessKeyId)
  if ('refusal' in found) throw new Error('The root access key is not known.')
  const answer = await answerOperation(
    described,
    findOperation(described, operation, unknown as never),
    { call: callOf({ method: 'POST', path: '/' }), body: async () => Buffer.alloc(0), parse: () => input },
    world,
    async () => ({ caller: found.caller, region: world.settings.region }),
    described.model.protocol === 'query' ? 'query' : 'json',
  )
  return answer as OutputOf<Sdk[Name], Op>
}

type S3Call = {
  method: 'GET' | 'PUT'
  /** `/bucket/key`, percent-encoded. */
  path: string
  query?: string
  headers?: Record<string, string>
  body?: Uint8Array | string
}

/** One request to S3, signed as a client signs it, answered without the detour over a socket. */
export async function askS3AsRoot(
  world: World,
  { method, path, query = '', headers = {}, body = '' }: S3Call,
): Promise<Answer> {
  const bytes = Buffer.from(body)
  const [accessKeyId, secret] = rootKey(world)
  const amzDate = new Date(world.now()).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const payloadHash = sha256(bytes)
  const sent = {
    ...headers,
    'content-length': String(bytes.length),
    host: new URL(world.settings.publicUrl).host,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': amzDate,
  }
  const call = callOf({ method, path, query, headers: sent, body: bytes })
  const scope = { date: amzDate.slice(0, 8), region: world.settings.region, service: 's3' }
  const signedHeaders = Object.keys(sent).sort()
  const canonical = canonicalRequest(call, { signedHeaders, payloadHash, s3: true, without: [] })
  const signature = sign(signingKey(secret, scope), stringToSign(amzDate, scope, canonical))
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scopeText(scope)}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
  const signed = { ...call, headers: { ...call.headers, authorization } }
  return answerS3(signed, world, s3Address(signed, 'addressed', world.settings) ?? {})
}

function rootKey({ rootKeys }: Pick<World, 'rootKeys'>): [id: string, secret: string] {
  const [first] = rootKeys
  if (!first) throw new Error('There is no root access key.')
  return first
}

type Wanted = { method: string; path: string; query?: string; headers?: Record<string, string>; body?: Buffer }

const callOf = ({ method, path, query = '', headers = {}, body = Buffer.alloc(0) }: Wanted): Call => ({
  id: randomUUID(),
  method,
  path,
  query,
  headers,
  rawHeaders: Object.entries(headers).flat(),
  body: Readable.from(body.length > 0 ? [body] : [], { objectMode: false }),
  address: '127.0.0.1',
  secure: false,
})
