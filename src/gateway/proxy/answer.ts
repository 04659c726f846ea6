/** Writes an answer of our own to whichever kind of response, and gives up the connection where a large body was not read. */
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Answer } from '../../wire/http.ts'
import type { Request, Response } from './visit.ts'

/** How long a refused upload may go on arriving, so that its sender gets to read the refusal. */
const linger = 2_000

const isSmall = ({ headers }: Request) =>
  headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= 65_536

/** `last`: the listener is ending, so that the connection must too. Sends nothing where an answer has begun already. */
export async function writeAnswer(request: Request, response: Response, answer: Answer, last: boolean): Promise<void> {
  if (response.headersSent || response.destroyed) return
  const { body, status } = answer
  const headers: Record<string, string | string[]> = { ...answer.headers }
  const http1 = !('stream' in response)
  const unread = http1 && !request.readableEnded && !isSmall(request)
  if (http1 && (unread || last)) headers['connection'] = 'close'
  if (answer.cookies?.length) headers['set-cookie'] = [...answer.cookies]
  const streamed = body instanceof Readable
  if (!streamed && status !== 204 && status !== 304) headers['content-length'] = String(Buffer.byteLength(body ?? ''))
  ;(response as ServerResponse).writeHead(status, headers)
  if (streamed) await pipeline(body, response as NodeJS.WritableStream)
  else (response as ServerResponse).end(request.method === 'HEAD' ? undefined : body)
  if (!unread) return
  request.resume()
  setTimeout(() => request.destroy(), linger).unref()
}
