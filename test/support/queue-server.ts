/** A stand-in for SQS and SNS behind the gateway: believes only requests that are signed with its own keys, and remembers them. */
import { hash, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Call } from '../../src/wire/http.ts'
import { authenticate } from '../../src/wire/sigv4.ts'
import { type Behind, listenBehind } from './gateway.ts'

export type Heard = {
  readonly service: string
  readonly path: string
  readonly target: string | undefined
  readonly body: string
}
export type QueueServer = Behind & { readonly heard: Heard[]; reply: (heard: Heard) => string | undefined }

export async function startQueueServer(
  keys = { accessKeyId: 'outside', secretAccessKey: 'outside-secret' },
  now = () => Date.now(),
): Promise<QueueServer> {
  const heard: Heard[] = []
  const state: { reply: QueueServer['reply'] } = { reply: () => undefined }
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const call: Call = {
      ...{ id: randomUUID(), method: request.method ?? '', path, query, rawHeaders: request.rawHeaders },
      headers: request.headers as Record<string, string>,
      ...{ body: Readable.from([body]), address: '127.0.0.1', secure: false },
    }
    try {
      const proof = await authenticate(call, {
        ...{ service: ['sqs', 'sns', 'execute-api', 'lambda'], style: 'query', now: now(), region: 'eu-west-1' },
        payloadHash: hash('sha256', body, 'hex'),
        lookup: async (id) =>
          id === keys.accessKeyId ? { secret: keys.secretAccessKey, caller: id } : { refusal: 'unknown-key' },
      })
      if (!proof) throw new Error('unsigned')
      const one = {
        service: proof.service,
        path: request.url ?? '',
        target: call.headers['x-amz-target'],
        body: body.toString(),
      }
      heard.push(one)
      response.writeHead(200, { 'content-type': 'text/plain' }).end(state.reply(one) ?? '{}')
    } catch (error) {
      response.writeHead(403).end(String(error))
    }
  }
  const behind = await listenBehind((request, response) => void answer(request, response))
  return {
    ...behind,
    heard,
    get reply() {
      return state.reply
    },
    set reply(reply) {
      state.reply = reply
    },
  }
}
