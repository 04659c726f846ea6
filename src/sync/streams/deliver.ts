/** Puts records into a stream: Kinesis with AWS's own client, or somebody's address. */
import { clientSettings } from '../../outbound/aws.ts'
import { postSigned } from '../../outbound/signed-post.ts'
import type { AwsDestination, Destination, HttpDestination, World } from '../../world.ts'

export type StreamRecord = { readonly partitionKey: string; readonly data: string }

/** What became of each record, in their order. `gone`: there is no such stream, or we may not write to it. */
export type Delivered = { readonly taken: readonly boolean[]; readonly trouble?: string; readonly gone?: true }

export type Put = (records: readonly StreamRecord[]) => Promise<Delivered>

/** No two records may have the same partition key: their order would be the stream's to choose. Never rejects. */
export async function putRecords(
  world: World,
  destination: Destination,
  stream: { readonly name: string; readonly region: string },
  records: readonly StreamRecord[],
): Promise<Delivered> {
  try {
    return destination.kind === 'http'
      ? await postRecords(world, destination, stream.name, records)
      : await putToKinesis(world, destination, stream, records)
  } catch (error) {
    const { name, message } = error as Error
    const gone = ['ResourceNotFoundException', 'AccessDeniedException', 'UnrecognizedClientException'].includes(name)
    return { taken: records.map(() => false), trouble: `${name}: ${message}`, ...(gone && { gone: true as const }) }
  }
}

const timeoutMs = 10_000

async function putToKinesis(
  world: World,
  to: AwsDestination,
  stream: { readonly name: string; readonly region: string },
  records: readonly StreamRecord[],
): Promise<Delivered> {
  // Loaded where it is used only: it takes several megabytes.
  const { KinesisClient, PutRecordsCommand } = await import('@aws-sdk/client-kinesis')
  const client = new KinesisClient(clientSettings(world, to, stream.region, { timeoutMs }))
  try {
    const answer = await client.send(
      new PutRecordsCommand({
        StreamName: stream.name,
        Records: records.map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: Buffer.from(data) })),
      }),
    )
    const taken = records.map((_, at) => answer.Records?.[at]?.SequenceNumber !== undefined)
    const refused = answer.Records?.find(({ ErrorCode }) => ErrorCode !== undefined)
    return { taken, ...(refused && { trouble: `${refused.ErrorCode}: ${refused.ErrorMessage}` }) }
  } finally {
    client.destroy()
  }
}

const postsAtATime = 8

/** One after another in each of a few rows. The receiver has a record when it answers 2xx. */
async function postRecords(
  world: World,
  destination: HttpDestination,
  name: string,
  records: readonly StreamRecord[],
): Promise<Delivered> {
  const taken = records.map(() => false)
  const seen: { trouble?: string; gone?: true } = {}
  let next = 0
  const row = async () => {
    for (let at = next++; at < records.length && seen.trouble === undefined; at = next++) {
      const { partitionKey, data } = records[at] as StreamRecord
      const headers = { 'x-poolhouse-stream': name, 'x-poolhouse-partition-key': partitionKey }
      const answer = await postSigned(world, destination, data, headers).catch((error: Error) => error)
      if (answer instanceof Error) seen.trouble = answer.message
      else if (answer.status >= 200 && answer.status < 300) taken[at] = true
      else {
        seen.trouble = `${destination.url} answered ${answer.status}.`
        if (answer.status === 404 || answer.status === 410) seen.gone = true
      }
    }
  }
  await Promise.all(Array.from({ length: postsAtATime }, row))
  return { taken, ...seen }
}
