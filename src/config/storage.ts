/** Where everything is kept. */
import { resolve } from 'node:path'
import { type Rows, refuse } from './setting.ts'

function readDatabaseUrl(value: string): string {
  if (!/^postgres(ql)?:\/\//.test(value)) refuse('The database URL must begin with postgres://.')
  // A sign of the password's own ends it, and what is left is taken for a host.
  return URL.canParse(value) && !value.includes('#')
    ? value
    : refuse('It is no URL. In user names and passwords, signs such as / # @ : are written %2F %23 %40 %3A.')
}

export const storage = {
  data: {
    flag: '--data',
    variable: 'POOLHOUSE_DATA',
    otherwise: './poolhouse-data',
    help: 'SQLite file, S3 objects, generated keys',
    read: (value) => resolve(value),
  },
  databaseUrl: {
    flag: '--database-url',
    variable: 'POOLHOUSE_DATABASE_URL',
    otherwise: 'none: SQLite in the data folder',
    help: '`postgres://…` for PostgreSQL',
    read: readDatabaseUrl,
  },
} satisfies Rows
