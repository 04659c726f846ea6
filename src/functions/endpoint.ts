/** A function behind Lambda's Invoke API: AWS's own, or an emulator's. Speaks through AWS's client and our way out. */
import { awsTransport } from '../aws-transport.ts'
import { FetchError } from '../guarded-fetch.ts'
import type { Fetch, InvokeCall, InvokeResult } from '../world.ts'
import { errorMessageOf, mostBytes, refusalOf } from './http.ts'
import type { EndpointFunction } from './settings.ts'

/** The part of an ARN that names function and qualifier, which every emulator understands. */
const nameIn = (arn: string): { FunctionName: string; Qualifier?: string } => {
  const [, , , , , , name = arn, qualifier] = arn.split(':')
  return { FunctionName: name, ...(qualifier !== undefined && { Qualifier: qualifier }) }
}

/** One Invoke, never repeated by the client: how often a trigger is tried is the trigger's rule. */
export async function invokeEndpoint(
  fetch: Fetch,
  setting: EndpointFunction,
  region: string,
  arn: string,
  event: string,
  { timeoutMs }: InvokeCall,
): Promise<InvokeResult> {
  const { endpoint, accessKeyId, secretAccessKey, sessionToken } = setting
  // Loaded where it is used only: it takes several megabytes.
  const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda')
  const aws = endpoint === 'aws'
  const client = new LambdaClient({
    region: setting.region ?? arn.split(':')[3] ?? region,
    ...(!aws && { endpoint }),
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    maxAttempts: 1,
    requestHandler: awsTransport(fetch, { timeoutMs, mostBytes }),
  })
  try {
    const answer = await client.send(
      new InvokeCommand({ ...(aws ? { FunctionName: arn } : nameIn(arn)), Payload: Buffer.from(event) }),
    )
    const payload = Buffer.from(answer.Payload ?? []).toString()
    if (answer.FunctionError === undefined) return { outcome: 'answered', payload }
    return { outcome: 'failed', message: errorMessageOf(payload) ?? payload.slice(0, 1_000) }
  } catch (error) {
    if (error instanceof FetchError) return refusalOf(error)
    const { name, message } = error as Error
    if (name === 'TooManyRequestsException') return { outcome: 'throttled' }
    return { outcome: 'unavailable', reason: name, detail: message }
  } finally {
    client.destroy()
  }
}
