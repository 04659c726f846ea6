/**
 * Which server stands behind a bucket, table, queue, topic, function, stream or API: the setting `--upstreams`. Its
 * shape is upstreams.schema.json; secrets stand in environment variables that it names.
 */

import { readJsonSetting } from '../../config/json.ts'
import { findFault, type Schema } from '../../config/json-schema.ts'
import { SettingError } from '../../config.ts'
import type { ResourceService, UpstreamServer, Upstreams } from '../../world.ts'
import schema from './upstreams.schema.json' with { type: 'json' }

type Row = Partial<Omit<UpstreamServer, 'match' | 'endpoint' | 'keys'>> &
  Pick<UpstreamServer, 'match' | 'endpoint'> & {
    readonly credentials?: {
      readonly accessKeyIdVariable: string
      readonly secretAccessKeyVariable: string
      readonly sessionTokenVariable?: string
    }
  }

const flag = '--upstreams'

/** SQS holds a request that waits for messages for twenty seconds. */
const usual = {
  trailers: true,
  connections: 256,
  connectTimeoutMs: 3_000,
  responseTimeoutMs: 30_000,
  idleTimeoutMs: 30_000,
}

type Variable = (name: string) => string | undefined

/** The upstreams of a setting. Refuses with a SettingError that names the place and what would be right. */
export function readUpstreams(setting: string | undefined, variable: Variable): Upstreams {
  if (setting === undefined) return {}
  const read = readJsonSetting(flag, setting)
  const fault = findFault(schema as Schema, read)
  if (fault !== undefined) throw new SettingError(`${flag}: ${fault}`)
  const { $schema: _, ...services } = read as Record<string, readonly Row[]>
  return Object.fromEntries(
    Object.entries(services).map(([service, rows]) => [
      service,
      rows.map((row, index) => readRow(service as ResourceService, row, `${service}[${index}]`, variable)),
    ]),
  )
}

function readRow(service: ResourceService, row: Row, place: string, variable: Variable): UpstreamServer {
  const { credentials, ...plain } = row
  const refuse = (sentence: string): never => {
    throw new SettingError(`${flag}: ${place}${sentence}`)
  }
  const aws = row.endpoint === 'aws'
  if (!aws && !URL.canParse(row.endpoint)) refuse(`.endpoint: '${row.endpoint}' is no URL.`)
  if (aws && service === 'execute-api') refuse(".endpoint: an API has an endpoint of its own; 'aws' names none.")
  if (aws && !credentials) refuse(': AWS takes no unsigned requests. Give it credentials.')
  const keys = credentials && {
    accessKeyId: variableOf(credentials.accessKeyIdVariable, `${place}.credentials`, variable),
    secretAccessKey: variableOf(credentials.secretAccessKeyVariable, `${place}.credentials`, variable),
    ...(credentials.sessionTokenVariable !== undefined && {
      sessionToken: variableOf(credentials.sessionTokenVariable, `${place}.credentials`, variable),
    }),
  }
  return {
    ...usual,
    ...plain,
    endpoint: row.endpoint.replace(/\/+$/, ''),
    region: row.region,
    account: row.account,
    keys,
    style: row.style ?? (aws ? 'virtual' : 'path'),
  }
}

function variableOf(name: string, place: string, variable: Variable): string {
  const value = variable(name)
  if (value) return value
  throw new SettingError(`${flag}: ${place}: the environment variable ${name} is not set.`)
}

const fits = (match: string, name: string) =>
  match.endsWith('*') ? name.startsWith(match.slice(0, -1)) : match === name

/** The server behind a name, if there is one. Without a name: the one for all names, or the only one. */
export function findUpstream(
  upstreams: Upstreams,
  service: ResourceService,
  name: string | undefined,
): UpstreamServer | undefined {
  const rows = upstreams[service] ?? []
  if (name !== undefined) return rows.find(({ match }) => fits(match, name))
  return rows.find(({ match }) => match === '*') ?? (rows.length === 1 ? rows[0] : undefined)
}

/** The URL that requests of a region go to, without a slash at its end. */
export const endpointOf = ({ endpoint, region }: UpstreamServer, service: ResourceService, asked: string): string =>
  endpoint === 'aws' ? `https://${service}.${region ?? asked}.amazonaws.com` : endpoint
