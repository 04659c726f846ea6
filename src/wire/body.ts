/** Reads a request body whole, within a size and a time. */
import { AwsError } from './errors.ts'
import type { Call } from './http.ts'
import { openShare, type Share } from './room.ts'

/** Cognito's largest request is two megabytes (branding); the encoding needs a little more. */
export const mostBytes = 3 * 1024 * 1024
/** What nobody has to sign is short: its largest are ten tokens of 50,000 characters, for an identity. */
export const mostUnsigned = 512 * 1024
const longestWait = 30_000

const shares = new WeakMap<Call['body'], Share>()

/** Gives back the room of a body, which was read or not, when its request is answered. */
export const freeBody = (call: Pick<Call, 'body'>): void => shares.get(call.body)?.free()

/** The whole body, read when it is first asked for. */
export function lazyBody(call: Pick<Call, 'body'>, limit?: number): () => Promise<Buffer> {
  let reading: Promise<Buffer> | undefined
  return () => {
    reading ??= readBody(call, limit)
    return reading
  }
}

/**
 * The whole body. Refuses more than `limit` bytes, and a sender that does not finish within `wait` milliseconds. Its room
 * is taken until `freeBody`.
 */
export function readBody(call: Pick<Call, 'body'>, limit = mostBytes, wait = longestWait): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let size = 0
    let settled = false
    const share = openShare()
    shares.set(call.body, share)
    const settle = (act: () => void) => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      call.body.off('data', take)
      act()
    }
    const refuse = (error: unknown) =>
      settle(() => {
        share.free()
        reject(error)
      })
    const take = (part: Buffer) => {
      size += part.length
      if (size > limit)
        return refuse(new AwsError('RequestEntityTooLarge', `Request body exceeds ${limit} bytes.`, { status: 413 }))
      try {
        share.take(part.length)
      } catch (error) {
        return refuse(error)
      }
      parts.push(part)
    }
    const timer = setTimeout(
      () => refuse(new AwsError('RequestTimeout', 'The request body did not arrive in time.', { status: 408 })),
      wait,
    )
    call.body.on('data', take)
    call.body.once('end', () => settle(() => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts))))
    const cut = (cause?: Error) =>
      refuse(new AwsError('IncompleteBody', 'The request body ended early.', cause && { detail: cause.message }))
    call.body.once('error', cut)
    call.body.once('close', () => settled || cut())
    // The sender may have gone away before anybody asked for what it sent.
    if (call.body.destroyed) cut()
  })
}
