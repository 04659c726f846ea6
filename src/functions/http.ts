/** A function that is an HTTP server of its own: posted the event, signed, and asked for its answer. */
import { createHmac } from 'node:crypto'
import { FetchError } from '../guarded-fetch.ts'
import type { Fetch, InvokeCall, InvokeResult } from '../world.ts'
import type { HttpFunction } from './settings.ts'

/** Lambda's limit. */
export const mostBytes = 6 * 1024 * 1024

/**
 * Posts the event. `x-poolhouse-signature` is `sha256=` and the HMAC in hex of the timestamp, a dot and the body, so that
 * a receiver knows who posts and that the post is not an old one. A 4xx or 5xx answer with an `errorMessage` is a throw.
 */
export async function invokeHttp(
  fetch: Fetch,
  { url, secret }: HttpFunction,
  arn: string,
  event: string,
  now: number,
  { timeoutMs, requestId }: InvokeCall,
): Promise<InvokeResult> {
  const timestamp = String(Math.floor(now / 1000))
  const signature = createHmac('sha256', secret).update(`${timestamp}.${event}`).digest('hex')
  try {
    const { status, body } = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-amzn-requestid': requestId,
        'x-poolhouse-function': arn,
        'x-poolhouse-timestamp': timestamp,
        'x-poolhouse-signature': `sha256=${signature}`,
      },
      body: event,
      timeoutMs,
      mostBytes,
    })
    const payload = body.toString()
    if (status >= 200 && status < 300) return { outcome: 'answered', payload }
    if (status === 429) return { outcome: 'throttled' }
    const message = errorMessageOf(payload)
    if (message !== undefined) return { outcome: 'failed', message }
    return { outcome: 'unavailable', reason: 'ServiceException', detail: `${url} answered ${status}` }
  } catch (error) {
    return refusalOf(error)
  }
}

/** What a refusal to fetch means to the caller of a function. */
export function refusalOf(error: unknown): InvokeResult {
  if (!(error instanceof FetchError)) throw error
  if (error.reason === 'timed-out') return { outcome: 'timed-out' }
  if (error.reason === 'too-large')
    return {
      outcome: 'failed',
      message: `Response payload size exceeded maximum allowed payload size (${mostBytes} bytes).`,
    }
  return { outcome: 'unavailable', reason: 'ServiceException', detail: error.message }
}

/** What a function threw, as Lambda reports it. */
export function errorMessageOf(payload: string): string | undefined {
  try {
    const read = JSON.parse(payload) as { errorMessage?: unknown } | null
    return typeof read?.errorMessage === 'string' ? read.errorMessage : undefined
  } catch {
    return undefined
  }
}
