/** Answers of the calls that are ours and not AWS's (`/poolhouse/…`): JSON, refusals in the form of AWS JSON. */
import { AwsError } from './errors.ts'
import type { Answer } from './http.ts'

export async function answerOwn(serve: () => Promise<object>): Promise<Answer> {
  try {
    return answer(200, await serve())
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return refuseOwn(undefined, error)
  }
}

export const refuseOwn = (_: unknown, { status = 400, code, message }: AwsError): Answer =>
  answer(status, { __type: code, message })

const answer = (status: number, body: object): Answer => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
})
