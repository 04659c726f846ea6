/** A service as the wire serves it: its model, its operations, and how it refuses broken input. */

import type { World } from '../world.ts'
import { anonymous, type Caller } from './caller.ts'
import { checkInput } from './check.ts'
import { AwsError } from './errors.ts'
import type { Call } from './http.ts'
import { mask } from './mask.ts'
import type { Model } from './model.ts'
import type { Context, Operation } from './operation.ts'
import type { SignatureStyle } from './sigv4-refusals.ts'

export type Service = {
  readonly model: Model
  readonly operations: ReadonlyMap<string, Operation>
  /** The code for broken limits: `InvalidParameterException`, `ValidationException` or `ValidationError`. */
  readonly refusal: string
}

export const serviceOf = (model: Model, refusal: string, operations: readonly Operation[]): Service => ({
  model,
  refusal,
  operations: new Map(operations.map((operation) => [operation.name, operation])),
})

/** How refusals of signatures are phrased. */
export type CallStyle = Exclude<SignatureStyle, 's3'>

/** A body, read when somebody first asks for it. */
export type LazyBody = () => Promise<Buffer>

/**
 * Checks who signed; refuses unsigned and wrongly signed calls in the words of the protocol. A body is asked for only where
 * the key exists. `operation` is noted as used.
 */
export type Authenticate = (
  call: Call,
  body: LazyBody,
  service: string,
  style: CallStyle,
  operation?: string,
) => Promise<{ caller: Caller; region: string }>

/** The operation of that name. Refuses names AWS does not know, and those that Poolhouse does not have. */
export function findOperation(service: Service, name: string, unknown: () => AwsError): Operation {
  if (!Object.hasOwn(service.model.operations, name)) throw unknown()
  const operation = service.operations.get(name)
  if (!operation)
    throw new AwsError(
      'NotImplemented',
      `Poolhouse does not have ${service.model.service}:${name}. See docs/coverage.md.`,
      { status: 501 },
    )
  return operation
}

/** A call as it came: of one that must be signed nothing is read or understood before somebody has proved to have sent it. */
export type Sent = { readonly call: Call; readonly body: LazyBody; readonly parse: (body: Buffer) => unknown }

/**
 * One call from proof to answer, in AWS's order: signature, then types and limits, then the door (policy, pool, client,
 * token), then the operation.
 */
export async function answerOperation(
  service: Service,
  operation: Operation,
  { call, body: read, parse }: Sent,
  world: World,
  authenticate: Authenticate,
  style: CallStyle,
): Promise<unknown> {
  const { caller, region } = operation.signed
    ? await authenticate(call, read, service.model.signingName, style, operation.name)
    : { caller: anonymous, region: world.settings.region }
  const described = service.model.operations[operation.name]
  const body = await read()
  const checked = checkInput(service.model, described?.input, parse(body), service.refusal)
  const context: Context = {
    world,
    service: service.model.service,
    operation: operation.name,
    region,
    requestId: call.id,
    caller,
    address: call.address,
    userAgent: call.headers['user-agent'] ?? '',
    secure: call.secure,
    ...(!operation.signed && { sent: { call, body } }),
  }
  if (world.log.isLevelEnabled('debug'))
    world.log.debug(
      { requestId: call.id, operation: operation.name, input: mask(service.model, described?.input, checked) },
      'input',
    )
  return operation.answer(checked, context)
}
