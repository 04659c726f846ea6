/** The streams of tables behind the gateway: each request is about one stream, also where only an iterator names it. */
import { fail } from '../../wire/errors.ts'
import { type Resource, readResource, serverArn } from '../forward/arns.ts'
import type { Asking } from '../forward/asking.ts'
import { bindToken, readToken } from '../forward/bound-token.ts'
import type { Input, Plan } from '../forward/json-service.ts'
import { findUpstream } from '../forward/upstreams.ts'
import { textIn } from './item-keys.ts'

const streamNames = {
  restOf: (name: string) => name,
  nameOf: (rest: string) => /^table\/([^/]+)\/stream\/[^/]+$/.exec(rest)?.[1],
}

const readStream = (asking: Asking, given: string | undefined): Resource =>
  given?.startsWith('arn:')
    ? readResource(asking, 'dynamodb', given, streamNames)
    : fail('ValidationException', `Invalid StreamArn: ${given?.slice(0, 200)}`)

type Output = Record<string, unknown>

/** Iterators of an answer, bound to the stream. */
const binding =
  ({ world }: Asking, member: string, arn: string) =>
  (output: Output): Output => {
    const token = output[member]
    return typeof token === 'string'
      ? { ...output, [member]: bindToken(world, 'dynamodb-iterator', arn, token) }
      : output
  }

const planOf = (operation: string, stream: Resource, input: Input): Plan => ({
  wanted: [{ action: `dynamodb:${operation}`, resource: stream.arn, resourceAccount: stream.account }],
  server: stream.server,
  input,
})

type Planner = (asking: Asking, input: Input) => Plan

export const planners: Readonly<Record<string, Planner>> = {
  ListStreams: (asking, input) => ({
    wanted: [{ action: 'dynamodb:ListStreams', resource: '*' }],
    server: findUpstream(asking.world.settings.upstreams, 'dynamodb', textIn(input, 'TableName')),
    input,
  }),
  DescribeStream: (asking, input) => {
    const stream = readStream(asking, textIn(input, 'StreamArn'))
    return planOf('DescribeStream', stream, { ...input, StreamArn: serverArn(asking, 'dynamodb', stream) })
  },
  GetShardIterator: (asking, input) => {
    const stream = readStream(asking, textIn(input, 'StreamArn'))
    const sent = { ...input, StreamArn: serverArn(asking, 'dynamodb', stream) }
    return { ...planOf('GetShardIterator', stream, sent), rewrite: binding(asking, 'ShardIterator', stream.arn) }
  },
  GetRecords: (asking, input) => {
    const bound = readToken(asking.world, 'dynamodb-iterator', textIn(input, 'ShardIterator') ?? '')
    if (!bound) return fail('ValidationException', 'Invalid ShardIterator')
    const stream = readStream(asking, bound.name)
    const sent = { ...input, ShardIterator: bound.token }
    return { ...planOf('GetRecords', stream, sent), rewrite: binding(asking, 'NextShardIterator', stream.arn) }
  },
}

export function planStreams(asking: Asking, operation: string, input: Input): Plan {
  const planner = Object.hasOwn(planners, operation) ? planners[operation] : undefined
  return planner ? planner(asking, input) : fail('UnknownOperationException', '')
}
