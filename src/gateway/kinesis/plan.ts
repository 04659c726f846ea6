/** What a Kinesis request needs to be allowed: a row for each operation. AWS: Service Authorization Reference, "Amazon Kinesis Data Streams". */
import { fail } from '../../wire/errors.ts'
import { ownArn, type Resource, readResource } from '../forward/arns.ts'
import type { Asking } from '../forward/asking.ts'
import { bindToken, readToken } from '../forward/bound-token.ts'
import type { Input, Plan } from '../forward/json-service.ts'
import { tagKeys } from '../forward/tag-keys.ts'
import { findUpstream } from '../forward/upstreams.ts'

const streamNames = {
  restOf: (name: string) => `stream/${name}`,
  nameOf: (rest: string) => /^stream\/([\w.-]{1,128})$/.exec(rest)?.[1],
}

const text = (input: Input, member: string): string | undefined =>
  typeof input[member] === 'string' ? input[member] : undefined

function streamOf(asking: Asking, input: Input): Resource {
  const [name, arn] = [text(input, 'StreamName'), text(input, 'StreamARN')]
  const streams = [name, arn].flatMap((given) =>
    given === undefined ? [] : [readResource(asking, 'kinesis', given, streamNames)],
  )
  const [stream, other] = streams
  if (!stream) return fail('InvalidArgumentException', 'Either StreamName or StreamARN should be provided.')
  if (other && other.arn !== stream.arn) {
    fail('InvalidArgumentException', 'StreamARN and StreamName must name the same stream.')
  }
  return stream
}

/** By its name alone, which means the same on both sides. */
function sentOf(input: Input, stream: Resource): Input {
  const { StreamARN: _, ...rest } = input
  return { ...rest, StreamName: stream.name }
}

const planOf = (operation: string, stream: Resource, input: Input): Plan => ({
  wanted: [
    {
      action: `kinesis:${operation}`,
      resource: stream.arn,
      resourceAccount: stream.account,
      more: tagKeys(input['Tags'], input['TagKeys']),
    },
  ],
  server: stream.server,
  input,
})

type Planner = (asking: Asking, operation: string, input: Input) => Plan
type Output = Record<string, unknown>

const onStream: Planner = (asking, operation, input) => {
  const stream = streamOf(asking, input)
  return planOf(operation, stream, sentOf(input, stream))
}

const onNothing: Planner = (asking, operation, input) => ({
  wanted: [{ action: `kinesis:${operation}`, resource: '*' }],
  server: findUpstream(asking.world.settings.upstreams, 'kinesis', undefined),
  input,
})

type TokenKind = 'ShardIterator' | 'NextToken'

/** A stream is another in every region. */
const purposeOf = ({ region }: Asking, kind: TokenKind) => `kinesis-${kind}-${region}`

/** Tokens of answers name a stream by themselves, so they are bound to the one they were given for. */
const binding =
  (asking: Asking, kind: TokenKind, { name }: Resource, member: string = kind) =>
  (output: Output): Output => {
    const token = output[member]
    return typeof token === 'string'
      ? { ...output, [member]: bindToken(asking.world, purposeOf(asking, kind), name, token) }
      : output
  }

const named = (asking: Asking, name: string): Resource => ({
  name,
  arn: ownArn(asking, 'kinesis', `stream/${name}`),
  account: asking.world.settings.account,
  server: findUpstream(asking.world.settings.upstreams, 'kinesis', name),
})

const getShardIterator: Planner = (asking, operation, input) => {
  const stream = streamOf(asking, input)
  const rewrite = binding(asking, 'ShardIterator', stream)
  return { ...planOf(operation, stream, sentOf(input, stream)), rewrite }
}

/** The iterator that comes back in GetRecords is the next one of GetShardIterator's. */
const getRecords: Planner = (asking, operation, input) => {
  const bound = readToken(asking.world, purposeOf(asking, 'ShardIterator'), text(input, 'ShardIterator') ?? '')
  if (!bound) return fail('InvalidArgumentException', 'Invalid ShardIterator.')
  const stream = named(asking, bound.name)
  const given = text(input, 'StreamARN')
  if (given !== undefined && readResource(asking, 'kinesis', given, streamNames).arn !== stream.arn) {
    fail('InvalidArgumentException', 'The ShardIterator is of another stream than the StreamARN.')
  }
  const { StreamARN: _, ...rest } = input
  const rewrite = binding(asking, 'ShardIterator', stream, 'NextShardIterator')
  return { ...planOf(operation, stream, { ...rest, ShardIterator: bound.token }), rewrite }
}

const listShards: Planner = (asking, operation, input) => {
  const token = text(input, 'NextToken')
  const bound = token === undefined ? undefined : readToken(asking.world, purposeOf(asking, 'NextToken'), token)
  if (token !== undefined && !bound) return fail('InvalidArgumentException', 'Invalid NextToken.')
  const stream = bound ? named(asking, bound.name) : streamOf(asking, input)
  const { StreamName: _, StreamARN: __, ...rest } = input
  const sent = bound ? { ...rest, NextToken: bound.token } : sentOf(input, stream)
  return { ...planOf(operation, stream, sent), rewrite: binding(asking, 'NextToken', stream) }
}

const all = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, onStream]))

export const planners: Readonly<Record<string, Planner>> = {
  ...all(['PutRecord', 'PutRecords', 'CreateStream', 'DeleteStream', 'DescribeStream', 'DescribeStreamSummary']),
  ...all(['MergeShards', 'SplitShard', 'UpdateShardCount', 'UpdateStreamMode']),
  ...all(['IncreaseStreamRetentionPeriod', 'DecreaseStreamRetentionPeriod']),
  ...all(['AddTagsToStream', 'RemoveTagsFromStream', 'ListTagsForStream']),
  ListStreams: onNothing,
  DescribeLimits: onNothing,
  GetShardIterator: getShardIterator,
  GetRecords: getRecords,
  ListShards: listShards,
}

export const plan: Planner = (asking, operation, input) =>
  (Object.hasOwn(planners, operation) ? planners[operation] : undefined)?.(asking, operation, input) ??
  fail('UnknownOperationException', `Poolhouse does not have kinesis:${operation}.`)
