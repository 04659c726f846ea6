/** Which attributes a user of a pool may have, and which values they accept. */
import { AwsError, fail } from '../../wire/errors.ts'
import { isEmail, isPhoneNumber } from './formats.ts'
import type { Pool, SchemaAttribute } from './pool.ts'
import { standardAttributes } from './standard-attributes.ts'

/** `create` and `update` are the user's own doing; `update` modes take an empty value as a deletion. */
export type AttributeMode = 'create' | 'admin-create' | 'update' | 'admin-update'

/** The standard attributes as the pool has them, then its own: `own` holds custom attributes and changed standard ones. */
export function completeSchema(own: readonly SchemaAttribute[]): SchemaAttribute[] {
  const changed = new Map(own.map((attribute) => [attribute.Name, attribute]))
  const standard = standardAttributes.map((attribute) => changed.get(attribute.Name) ?? attribute)
  const known = new Set(standard)
  return [...standard, ...own.filter((attribute) => !known.has(attribute))]
}

const indexes = new WeakMap<readonly SchemaAttribute[], Map<string, SchemaAttribute>>()

/** The attribute of that name, `custom:` included, or undefined. */
export function attributeOf(pool: Pool, name: string): SchemaAttribute | undefined {
  let index = indexes.get(pool.schema)
  if (!index) {
    index = new Map(pool.schema.map((attribute) => [attribute.Name, attribute]))
    indexes.set(pool.schema, index)
  }
  return index.get(name)
}

/**
 * Refuses attributes that do not fit the pool's schema. In pools whose usernames are addresses the caller puts the
 * address among the attributes first. Whether a client may write them is not asked here: see clients/permissions.ts.
 */
export function checkAttributes(pool: Pool, attributes: Readonly<Record<string, string>>, mode: AttributeMode): void {
  const update = mode === 'update' || mode === 'admin-update'
  const byUser = mode === 'create' || mode === 'update'
  const faults: string[] = []
  for (const [name, value] of Object.entries(attributes)) {
    const attribute = attributeOf(pool, name)
    if (!attribute) faults.push(`${name}: Attribute does not exist in the schema.`)
    else if (neverWritten.has(name) || (update && attribute.Mutable === false)) refuseChange(name)
    else if (byUser && attribute.DeveloperOnlyAttribute) refuseUnauthorized()
    else if (value !== '') faults.push(...faultsOf(attribute, value))
    else if (update && attribute.Required) refuseDeletion(name)
  }
  if (mode === 'create') {
    for (const { Name, Required } of pool.schema) {
      if (Required && Name !== 'sub' && !attributes[Name])
        faults.push(`${requiredName(Name)}: The attribute is required`)
    }
  }
  if (faults.length > 0) throw new AwsError('InvalidParameterException', phrase(faults))
}

const neverWritten: ReadonlySet<string> = new Set(['sub', 'identities'])

/** AWS prints one line per fault, with a newline after the last. */
const phrase = (faults: readonly string[]) =>
  `Attributes did not conform to the schema: ${faults.map((fault) => `${fault}\n`).join('')}`

/** AWS names the missing `name` by its place in the OIDC address book. */
const requiredName = (name: string) => (name === 'name' ? 'name.formatted' : name)

const refuseChange = (name: string): never =>
  fail('InvalidParameterException', `user.${name}: Attribute cannot be updated. (changing an immutable attribute)`)

/** The sentence is that of reports. */
const refuseDeletion = (name: string): never =>
  fail('InvalidParameterException', `Invalid user attributes: ${name}: Required attribute cannot be deleted.`)

const refuseUnauthorized = (): never =>
  fail('NotAuthorizedException', 'A client attempted to write unauthorized attribute')

const refuseFormat: Readonly<Record<string, (value: string) => void>> = {
  email: (value) => isEmail(value) || fail('InvalidParameterException', 'Invalid email address format.'),
  phone_number: (value) => isPhoneNumber(value) || fail('InvalidParameterException', 'Invalid phone number format.'),
}

/** unproved: the sentences about types and bounds; only the frame around them was seen in AWS's answers. */
function faultsOf(attribute: SchemaAttribute, value: string): string[] {
  refuseFormat[attribute.Name]?.(value)
  const wrong = faultOf[attribute.AttributeDataType]?.(attribute, value)
  return wrong ? [`${attribute.Name}: ${wrong}`] : []
}

const faultOf: Readonly<Record<string, (attribute: SchemaAttribute, value: string) => string | undefined>> = {
  String({ StringAttributeConstraints: bounds }, value) {
    const [least, most] = [bounds?.MinLength, bounds?.MaxLength]
    if (least !== undefined && value.length < Number(least)) return `String must be at least ${least} characters long`
    if (most !== undefined && value.length > Number(most)) return `String must be no longer than ${most} characters`
  },
  Number({ NumberAttributeConstraints: bounds }, value) {
    if (!/^[+-]?\d+(\.\d+)?$/.test(value)) return 'Value must be a number'
    const [least, most] = [bounds?.MinValue, bounds?.MaxValue]
    if (least !== undefined && Number(value) < Number(least)) return `Number must be no less than ${least}`
    if (most !== undefined && Number(value) > Number(most)) return `Number must be no greater than ${most}`
  },
  Boolean: (_, value) => (/^(true|false)$/i.test(value) ? undefined : 'Value must be true or false'),
  DateTime: (_, value) => (Number.isNaN(Date.parse(value)) ? 'Value must be a date and time' : undefined),
}
