/** A function behind Lambda's Invoke API: AWS's own, or an emulator's. Speaks through AWS's client and our way out. */
import { clientSettings } from '../outbound/aws.ts'
import { FetchError } from '../outbound/guarded-fetch.ts'
import type { AwsDestination, InvokeCall, InvokeResult, World } from '../world.ts'
import { errorMessageOf, mostBytes, refusalOf } from './http.ts'

/** The part of an ARN that names function and qualifier, which every emulator understands. */
const nameIn = (arn: string): { FunctionName: string; Qualifier?: string } => {
  const [, , , , , , name = arn, qualifier] = arn.split(':')
  return { FunctionName: name, ...(qualifier !== undefined && { Qualifier: qualifier }) }
}

/** One Invoke, never repeated by the client: how often a trigger is tried is the trigger's rule. */
export async function invokeEndpoint(
  world: Pick<World, 'fetch'>,
  to: AwsDestination,
  region: string,
  arn: string,
  event: string,
  { timeoutMs }: InvokeCall,
): Promise<InvokeResult> {
  // Loaded where it is used only: it takes several megabytes.
  const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda')
  const client = new LambdaClient(clientSettings(world, to, arn.split(':')[3] ?? region, { timeoutMs, mostBytes }))
  try {
    const answer = await client.send(
      new InvokeCommand({
        ...(to.endpoint === 'aws' ? { FunctionName: arn } : nameIn(arn)),
        Payload: Buffer.from(event),
      }),
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
