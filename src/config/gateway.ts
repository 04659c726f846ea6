/** What stands behind this server: the applications of the proxy, the servers of the gateway. */
import { resolve } from 'node:path'
import { type Rows, readText } from './setting.ts'

export const gateway = {
  proxy: {
    flag: '--proxy',
    variable: 'POOLHOUSE_PROXY',
    otherwise: 'none',
    help: 'the JSON file of the reverse proxy: listeners, upstreams and routes with their authorizers and sign-in',
    read: (value) => resolve(value),
  },
  upstreams: {
    flag: '--upstreams',
    variable: 'POOLHOUSE_UPSTREAMS',
    otherwise: 'none: S3, DynamoDB and functions are served here',
    help: 'the servers behind the gateway: JSON (a file, or as it is) of services to rows `{ match, endpoint, region, credentials: { accessKeyIdVariable, secretAccessKeyVariable } }`; see docs/guides/gateway.md',
    read: readText,
  },
} satisfies Rows
