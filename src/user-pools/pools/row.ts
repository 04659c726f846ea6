/** Reads a pool out of its row: the clients' store joins such rows to its own, so that a sign-in asks once for both. */
import { readDocument } from './document.ts'
import type { Pool, PoolSettings, SchemaAttribute } from './pool.ts'
import { completeSchema } from './schema.ts'

export type PoolRow = {
  readonly id: string
  readonly region: string
  readonly name: string
  readonly settings: string
  readonly attributes: string
  readonly created_at: number
  readonly modified_at: number
}

const schemas = new WeakMap<readonly SchemaAttribute[], readonly SchemaAttribute[]>()

function schemaFrom(attributes: string): readonly SchemaAttribute[] {
  const own = readDocument<SchemaAttribute[]>(attributes)
  let schema = schemas.get(own)
  if (!schema) {
    schema = Object.freeze(completeSchema(own))
    schemas.set(own, schema)
  }
  return schema
}

export const poolFrom = (row: PoolRow): Pool => ({
  id: row.id,
  region: row.region,
  name: row.name,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  settings: readDocument<PoolSettings>(row.settings),
  schema: schemaFrom(row.attributes),
})
