/** The function that a request to Lambda names: a name, part of an ARN or an ARN, with or without a qualifier. AWS: Lambda API Reference, Invoke, FunctionName. */
import { fail } from '../../wire/errors.ts'
import { ownArn, readArn } from '../forward/arns.ts'
import type { Asking } from '../forward/asking.ts'

export type Named = {
  readonly name: string
  readonly qualifier: string | undefined
  /** With the qualifier: a policy on the bare ARN does not cover a qualified call. */
  readonly arn: string
  readonly account: string
}

const part = /^[A-Za-z0-9_-]{1,64}$/
const qualifierPart = /^(?:\$LATEST|[A-Za-z0-9_-]{1,128})$/

const invalid = (name: string): never =>
  fail(
    'ValidationException',
    `1 validation error detected: Value '${name.slice(0, 170)}' at 'functionName' failed to satisfy constraint`,
    {
      status: 400,
    },
  )

export function readFunction(asking: Asking, given: string, asked: string | undefined, theirs?: string): Named {
  const own = asking.world.settings.account
  const arn = readArn(given)
  const [, partialAccount, partialRest] = /^(\d{12}):function:(.+)$/.exec(given) ?? []
  if (arn && (arn.service !== 'lambda' || !arn.rest.startsWith('function:'))) invalid(given)
  if (arn && arn.region !== asking.region) {
    fail(
      'ResourceNotFoundException',
      `Functions from '${arn.region}' are not reachable in this region ('${asking.region}')`,
      {
        status: 404,
      },
    )
  }
  const rest = arn ? arn.rest.slice('function:'.length) : (partialRest ?? given.replace(/^function:/, ''))
  const [name = '', named, ...more] = rest.split(':')
  const qualifier = named ?? asked
  if (!part.test(name) || more.length > 0) invalid(given)
  if (qualifier !== undefined && !qualifierPart.test(qualifier)) invalid(given)
  if (named !== undefined && asked !== undefined && named !== asked) {
    fail(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
      {
        status: 400,
      },
    )
  }
  const tail = qualifier === undefined ? `function:${name}` : `function:${name}:${qualifier}`
  const account = arn?.account ?? partialAccount ?? own
  if (account === own || account === theirs)
    return { name, qualifier, arn: ownArn(asking, 'lambda', tail), account: own }
  return { name, qualifier, arn: `arn:aws:lambda:${asking.region}:${account}:${tail}`, account }
}
