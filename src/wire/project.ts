/** Projects what an operation returned onto its output shape: what the shape does not name cannot leave. */
import { type Model, shapeName, shapeOf } from './model.ts'

/** How a protocol prints the leaves. */
export type Leaves = { timestamp(date: Date): unknown; blob(bytes: Uint8Array): unknown }

/** A plain tree of the members that the model names and the value has. */
export function project(of: Model, name: string, value: unknown, leaves: Leaves): unknown {
  const shape = shapeOf(of, name)
  if (shape.document || (shape.type === 'structure' && !shape.members)) return value
  switch (shape.type) {
    case 'structure': {
      const given = value as Record<string, unknown>
      const result: Record<string, unknown> = {}
      for (const [member, ref] of Object.entries(shape.members ?? {})) {
        const part = given[member]
        if (part !== undefined && part !== null) result[member] = project(of, shapeName(ref), part, leaves)
      }
      return result
    }
    case 'list':
      return (value as unknown[]).map((item) => project(of, shape.member ?? '', item, leaves))
    case 'map':
      return Object.fromEntries(
        Object.entries(value as Record<string, unknown>)
          .filter(([, item]) => item !== undefined && item !== null)
          .map(([key, item]) => [key, project(of, shape.value ?? '', item, leaves)]),
      )
    case 'timestamp':
      return shape.timestampFormat === 'iso8601' ? isoTime(value as Date) : leaves.timestamp(value as Date)
    case 'blob':
      return leaves.blob(value as Uint8Array)
    default:
      return value
  }
}

const isoTime = (date: Date) => date.toISOString().replace('.000Z', 'Z')

/** AWS JSON: epoch seconds with milliseconds as the fraction; blobs in base64. */
export const jsonLeaves: Leaves = {
  timestamp: (date) => date.getTime() / 1000,
  blob: (bytes) => Buffer.from(bytes).toString('base64'),
}

/** AWS Query: ISO 8601 without a fraction; blobs in base64. */
export const xmlLeaves: Leaves = {
  timestamp: (date) => date.toISOString().replace(/\.\d{3}Z$/, 'Z'),
  blob: (bytes) => Buffer.from(bytes).toString('base64'),
}
