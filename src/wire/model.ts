/** AWS's own description of a service as data: operations, shapes, limits, errors; read once from models/<service>.json. */
import { readFileSync } from 'node:fs'

export type Shape = {
  readonly type:
    | 'structure'
    | 'list'
    | 'map'
    | 'string'
    | 'integer'
    | 'long'
    | 'float'
    | 'double'
    | 'boolean'
    | 'blob'
    | 'timestamp'
  readonly required?: readonly string[]
  readonly members?: Readonly<Record<string, MemberRef>>
  readonly member?: string
  readonly key?: string
  readonly value?: string
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly enum?: readonly string[]
  readonly sensitive?: boolean
  readonly document?: boolean
  /** REST services may print times as ISO 8601. */
  readonly timestampFormat?: 'iso8601'
  readonly exception?: boolean
  readonly error?: { readonly code?: string; readonly httpStatusCode?: number }
}

export type MemberRef =
  | string
  | {
      readonly shape: string
      readonly location?: 'uri' | 'header' | 'querystring' | 'headers'
      readonly locationName?: string
      /** It may stand in the body instead, under its own name. */
      readonly orBody?: boolean
    }

export type OperationModel = {
  readonly auth?: 'none'
  readonly input?: string
  readonly output?: string
  readonly errors?: readonly string[]
  readonly resultWrapper?: string
  readonly http?: { readonly method: string; readonly requestUri: string; readonly responseCode?: number }
}

export type Model = {
  readonly service: string
  readonly apiVersion: string
  readonly protocol: 'json' | 'query' | 'rest-json'
  readonly jsonVersion?: string
  readonly targetPrefix?: string
  readonly signingName: string
  readonly xmlNamespace?: string
  readonly operations: Readonly<Record<string, OperationModel>>
  readonly shapes: Readonly<Record<string, Shape>>
}

const loaded = new Map<string, Model>()

/** The model of a service by its signing name, such as `cognito-idp`. */
export function model(service: string): Model {
  let found = loaded.get(service)
  if (!found) {
    found = JSON.parse(readFileSync(new URL(`./models/${service}.json`, import.meta.url), 'utf8')) as Model
    loaded.set(service, found)
  }
  return found
}

export const shapeName = (ref: MemberRef): string => (typeof ref === 'string' ? ref : ref.shape)

/** The shape of that name; a model that names an absent shape is broken, which is a bug. */
export function shapeOf(of: Model, name: string): Shape {
  const shape = of.shapes[name]
  if (!shape) throw new Error(`The model of ${of.service} has no shape ${name}.`)
  return shape
}

/** The code on the wire and HTTP status of an error shape: IAM's `NoSuchEntityException` travels as `NoSuchEntity`, 404. */
export function wireError(of: Model, code: string): { code: string; status: number | undefined } {
  const declared = of.shapes[code]?.error
  return { code: declared?.code ?? code, status: declared?.httpStatusCode }
}
