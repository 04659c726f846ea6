/** The functions behind triggers. */
import { type Rows, readCount, readText } from './setting.ts'

export const functions = {
  functions: {
    flag: '--functions',
    variable: 'POOLHOUSE_FUNCTIONS',
    otherwise: 'none: a trigger that is set refuses',
    help: 'what the ARNs of triggers run: a folder of functions by their names, or JSON (a file, or as it is) of names or ARNs to `{ folder or file, handler, environment }`, `{ url, secret }` or `{ endpoint, region, accessKeyId, secretAccessKey }`',
    read: readText,
  },
  triggerTimeout: {
    flag: '--trigger-timeout',
    variable: 'POOLHOUSE_TRIGGER_TIMEOUT',
    otherwise: '5000',
    help: 'milliseconds a trigger may take',
    read: (value) => readCount(value, 100, 900_000),
  },
  triggerAttempts: {
    flag: '--trigger-attempts',
    variable: 'POOLHOUSE_TRIGGER_ATTEMPTS',
    otherwise: '3',
    help: 'how often a trigger is tried that does not answer in time or is throttled',
    read: (value) => readCount(value, 1, 10),
  },
} satisfies Rows
