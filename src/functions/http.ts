/** A function that is an HTTP server of its own: posted the event, signed, and asked for its answer. */
import { FetchError } from '../outbound/guarded-fetch.ts'
import { postSigned } from '../outbound/signed-post.ts'
import type { HttpDestination, InvokeCall, InvokeResult, World } from '../world.ts'

/** Lambda's limit. */
export const mostBytes = 6 * 1024 * 1024

/** Posts the event. A 4xx or 5xx answer with an `errorMessage` is a throw. */
export async function invokeHttp(
  world: Pick<World, 'fetch' | 'now'>,
  to: HttpDestination,
  arn: string,
  event: string,
  { timeoutMs, requestId }: InvokeCall,
): Promise<InvokeResult> {
  try {
    const headers = { 'x-amzn-requestid': requestId, 'x-poolhouse-function': arn }
    const { status, body } = await postSigned(world, to, event, headers, { timeoutMs, mostBytes })
    const payload = body.toString()
    if (status >= 200 && status < 300) return { outcome: 'answered', payload }
    if (status === 429) return { outcome: 'throttled' }
    const message = errorMessageOf(payload)
    if (message !== undefined) return { outcome: 'failed', message }
    return { outcome: 'unavailable', reason: 'ServiceException', detail: `${to.url} answered ${status}` }
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
