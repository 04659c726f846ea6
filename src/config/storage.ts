/** Where everything is kept. */
import { resolve } from 'node:path'
import { type Rows, refuse } from './setting.ts'

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
    read: (value) =>
      /^postgres(ql)?:\/\//.test(value) ? value : refuse('The database URL must begin with postgres://.'),
  },
} satisfies Rows
