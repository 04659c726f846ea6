/** An empty PostgreSQL database for a process of the product: on the run's server, or on one of its own. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { startPostgres } from '../support/postgres.ts'

export async function freshPostgres(): Promise<{ url: string; drop(): Promise<void> }> {
  const shared = process.env['POOLHOUSE_TEST_POSTGRES']
  const own = shared === undefined ? await startPostgres() : undefined
  const server = shared ?? own?.url ?? ''
  const name = `faults_${randomBytes(8).toString('hex')}`
  await ask(server, `create database ${name} template template0 encoding 'UTF8' locale 'C'`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    async drop() {
      await ask(server, `drop database ${name} with (force)`)
      await own?.stop()
    },
  }
}

async function ask(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
