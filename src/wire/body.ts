/** Reads a request body whole, within a size and a time. */
import { AwsError } from './errors.ts'
import type { Call } from './http.ts'

/** Cognito's largest request is two megabytes (branding); the encoding needs a little more. */
export const mostBytes = 3 * 1024 * 1024
/** What nobody has to sign is short: its largest are ten tokens of 50,000 characters, for an identity. */
export const mostUnsigned = 512 * 1024
const longestWait = 30_000

/** The whole body, read when it is first asked for. */
export function lazyBody(call: Pick<Call, 'body'>, limit?: number): () => Promise<Buffer> {
  let reading: Promise<Buffer> | undefined
  return () => {
    reading ??= readBody(call, limit)
    return reading
  }
}

/** The whole body. Refuses more than `limit` bytes, and a sender that does not finish within `wait` milliseconds. */
export function readBody(call: Pick<Call, 'body'>, limit = mostBytes, wait = longestWait): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let size = 0
    let settled = false
    const settle = (act: () => void) => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      call.body.off('data', take)
      act()
    }
    const take = (part: Buffer) => {
      size += part.length
      if (size > limit)
        settle(() =>
          reject(new AwsError('RequestEntityTooLarge', `Request body exceeds ${limit} bytes.`, { status: 413 })),
        )
      else parts.push(part)
    }
    const timer = setTimeout(
      () =>
        settle(() =>
          reject(new AwsError('RequestTimeout', 'The request body did not arrive in time.', { status: 408 })),
        ),
      wait,
    )
    call.body.on('data', take)
    call.body.once('end', () => settle(() => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts))))
    call.body.once('error', (cause) =>
      settle(() => reject(new AwsError('IncompleteBody', 'The request body ended early.', { detail: cause.message }))),
    )
    const cut = () => settle(() => reject(new AwsError('IncompleteBody', 'The request body ended early.')))
    call.body.once('close', cut)
    // The sender may have gone away before anybody asked for what it sent.
    if (call.body.destroyed) cut()
  })
}
