/** A request or answer as the log may show it: shapes the model calls sensitive, and members named like secrets, are stars. */
import { type Model, shapeName, shapeOf } from './model.ts'

/**
 * The models mark passwords and tokens but not codes and answers; the names do. Headers that an app passes on may be its
 * users' cookies, and records of Sync are people's own.
 */
const secretNames =
  /password|secret|token|session|code|answer|hash|signature|challenge(?!name$)|credential|assertion(?!encryption)|headervalue|recordpatches/i

/** The value with every secret replaced by `***`, along the shape of that name. */
export function mask(of: Model, name: string | undefined, value: unknown): unknown {
  if (name === undefined || value === undefined || value === null) return value
  const shape = shapeOf(of, name)
  if (shape.sensitive) return '***'
  switch (shape.type) {
    case 'structure':
      if (typeof value !== 'object') return '***'
      return Object.fromEntries(
        Object.entries(shape.members ?? {})
          .filter(([member]) => (value as Record<string, unknown>)[member] !== undefined)
          .map(([member, ref]) => [
            member,
            secretNames.test(member) && shapeOf(of, shapeName(ref)).type !== 'boolean'
              ? '***'
              : mask(of, shapeName(ref), (value as Record<string, unknown>)[member]),
          ]),
      )
    case 'list':
      return Array.isArray(value) ? value.map((item) => mask(of, shape.member, item)) : '***'
    case 'map':
      return typeof value === 'object' ? Object.fromEntries(Object.keys(value).map((key) => [key, '***'])) : '***'
    default:
      return value
  }
}
