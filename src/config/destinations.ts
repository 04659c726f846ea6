/** Where logs and changes of data are sent. */
import { type Rows, readText } from './setting.ts'

export const destinations = {
  logDestinations: {
    flag: '--log-destinations',
    variable: 'POOLHOUSE_LOG_DESTINATIONS',
    otherwise: 'none: buckets of this server, and files in the data folder',
    help: 'where the ARNs of SetLogDeliveryConfiguration lead: JSON (a file, or as it is) of ARNs or names to `{ url, secret }`, `{ file }` or Firehose `{ endpoint, region, accessKeyId, secretAccessKey }`',
    read: readText,
  },
  sync: {
    flag: '--sync',
    variable: 'POOLHOUSE_SYNC',
    otherwise: 'none: no pool can stream or push',
    help: 'where Cognito Streams and push synchronisation go: a JSON file, or JSON (docs/guides/sync.md)',
    read: readText,
  },
} satisfies Rows
