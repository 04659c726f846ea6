/** What SetLogDeliveryConfiguration may say: which logs, to what kind of place. AWS: API_LogConfigurationType. */
import type { LogConfigurationType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import type { Given } from '../../wire/operation.ts'
import type { Pool } from '../pools/pool.ts'

export type LogConfiguration = Given<LogConfigurationType>
export type LogSource = LogConfiguration['EventSource']

const refuse = (message: string): never => fail('InvalidParameterException', message)

const names: Readonly<Record<string, string>> = { logs: 'CloudWatch log group', firehose: 'Firehose delivery stream' }

const refuseArn = (service: string, arn: string | undefined, errors: string): never =>
  refuse(
    `Request validation Failed. [${names[service]} arn ${arn} failed with the following validation errors: ${errors}]`,
  )

/** The ARNs a configuration names, each with the service it must be of. */
const destinations = ({
  CloudWatchLogsConfiguration: group,
  S3Configuration: bucket,
  FirehoseConfiguration: stream,
}: LogConfiguration) =>
  [
    { service: 'logs', given: group !== undefined, arn: group?.LogGroupArn },
    { service: 's3', given: bucket !== undefined, arn: bucket?.BucketArn },
    { service: 'firehose', given: stream !== undefined, arn: stream?.StreamArn },
  ].filter(({ given }) => given)

/** Where the records of that configuration go. */
export const destinationOf = (configuration: LogConfiguration): string => destinations(configuration)[0]?.arn ?? ''

/** What each source allows. AWS: Developer Guide, "Exporting logs from Amazon Cognito user pools". */
const rules: Readonly<Record<LogSource, { level: string; services: readonly string[]; plans: readonly string[] }>> = {
  userNotification: { level: 'ERROR', services: ['logs'], plans: ['LITE', 'ESSENTIALS', 'PLUS'] },
  userAuthEvents: { level: 'INFO', services: ['logs', 's3', 'firehose'], plans: ['PLUS'] },
}

/** Refuses what AWS refuses. unproved: every sentence but those on plans, repeated sources and a log group's region. */
export function checkLogConfigurations(pool: Pool, wanted: readonly LogConfiguration[]): void {
  const sources = wanted.map(({ EventSource }) => EventSource)
  if (new Set(sources).size !== sources.length) refuse('Following event sources appear more then once in a request')
  for (const configuration of wanted) check(pool, configuration)
}

function check(pool: Pool, configuration: LogConfiguration): void {
  const { EventSource: source, LogLevel: level } = configuration
  const rule = rules[source]
  const tier = pool.settings.UserPoolTier
  if (!rule.plans.includes(tier)) {
    fail(
      'FeatureUnavailableInTierException',
      `The following feature is not available for the ${tier} pricing tier configured: Log Streaming`,
    )
  }
  if (level !== rule.level) refuse(`Log level ${level} is not supported for event source ${source}.`)
  const [first, ...others] = destinations(configuration)
  const to = others.length === 0 ? first : undefined
  const { service: kind, arn } = to ?? refuse(`Exactly one destination is required for event source ${source}.`)
  if (!rule.services.includes(kind)) refuse(`Destination is not supported for event source ${source}.`)
  const [, , service, region, , resource] = (arn ?? '').split(':')
  if (service !== kind || !resource) refuse('Invalid ARN.')
  if (service !== 's3' && region !== pool.region) refuseArn(kind, arn, 'ARN does not belong to current region. ')
}
