/** Which schemas a pool may be given: what CreateUserPool and AddCustomAttributes accept, and how it is stored. */
import type { SchemaAttributeType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import type { Given } from '../../wire/operation.ts'
import type { SchemaAttribute } from './pool.ts'
import { builtIn, standardAttributes } from './standard-attributes.ts'

type Wanted = Given<SchemaAttributeType>

/** AWS: quota "Custom attributes per user pool". */
const mostCustom = 50
const longestText = 2048

const refuse: (message: string) => never = (message) => fail('InvalidParameterException', message)

/** The Schema of CreateUserPool as stored: custom attributes, and standard ones that differ from AWS's defaults. */
export function newSchema(wanted: readonly Wanted[]): SchemaAttribute[] {
  const attributes = wanted.map((attribute) => {
    const standard = standardAttributes.find(({ Name }) => Name === attribute.Name && !builtIn.has(Name))
    return standard ? changeStandard(standard, attribute) : makeCustom(attribute)
  })
  refuseDuplicates(attributes)
  return attributes
}

/** The attributes stored so far and the new ones, which are all custom whatever their names. */
export function extendSchema(own: readonly SchemaAttribute[], wanted: readonly Wanted[]): SchemaAttribute[] {
  const added = wanted.map(makeCustom)
  for (const { Name } of added) {
    if (own.some((attribute) => attribute.Name === Name))
      refuse(`${Name}: Existing attribute already has name ${Name}.`)
  }
  const all = [...own, ...added]
  refuseDuplicates(all)
  return all
}

function changeStandard(standard: SchemaAttribute, wanted: Wanted): SchemaAttribute {
  const { Name } = standard
  const otherType = wanted.AttributeDataType !== undefined && wanted.AttributeDataType !== standard.AttributeDataType
  if (otherType || wanted.DeveloperOnlyAttribute) {
    refuse(`You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute ${Name}`)
  }
  // Every user has a sub, and nobody changes it.
  if (Name === 'sub') return standard
  const constraints = constraintsOf(Name, standard.AttributeDataType, {
    StringAttributeConstraints: { ...standard.StringAttributeConstraints, ...wanted.StringAttributeConstraints },
    NumberAttributeConstraints: { ...standard.NumberAttributeConstraints, ...wanted.NumberAttributeConstraints },
  })
  return {
    ...standard,
    Mutable: wanted.Mutable ?? standard.Mutable,
    Required: wanted.Required ?? standard.Required,
    ...constraints,
  }
}

function makeCustom(wanted: Wanted): SchemaAttribute {
  const type = wanted.AttributeDataType
  // unproved: AWS's sentence; the model lets the name be absent.
  if (wanted.Name === undefined) refuse('Custom attribute name is required.')
  if (type === undefined) {
    refuse('Invalid AttributeDataType input, consider using the provided AttributeDataType enum.')
  }
  if (wanted.Required) refuse('Required custom attributes are not supported currently.')
  const developer = wanted.DeveloperOnlyAttribute ?? false
  const Name = `${developer ? 'dev:' : ''}custom:${wanted.Name}`
  return {
    Name,
    AttributeDataType: type,
    DeveloperOnlyAttribute: developer,
    // unproved: that attributes are mutable unless told otherwise.
    Mutable: wanted.Mutable ?? true,
    Required: false,
    ...constraintsOf(Name, type, wanted),
  }
}

type Constraints = Pick<Wanted, 'StringAttributeConstraints' | 'NumberAttributeConstraints'>

/** The bounds that go with the type, checked; AWS shows an empty object where none were given. */
function constraintsOf(name: string, type: string, given: Constraints): Constraints {
  if (type === 'String') {
    const bounds = given.StringAttributeConstraints ?? {}
    const [least, most] = [readLength(name, bounds.MinLength), readLength(name, bounds.MaxLength)]
    if (most !== undefined && most > longestText) {
      refuse(`user.${name}: String attributes cannot have a length of more than ${longestText}`)
    }
    if (least !== undefined && least > (most ?? longestText)) {
      refuse(`Attribute ${name} cannot have a max length shorter than it's min length`)
    }
    return { StringAttributeConstraints: bounds }
  }
  if (type === 'Number') {
    const bounds = given.NumberAttributeConstraints ?? {}
    const [least, most] = [readNumber(name, bounds.MinValue), readNumber(name, bounds.MaxValue)]
    if (least !== undefined && most !== undefined && most < least) {
      refuse(`Attribute ${name} cannot have a max value smaller than it's min value`)
    }
    return { NumberAttributeConstraints: bounds }
  }
  return {}
}

const readLength = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined || text === '') return undefined
  return /^\d{1,9}$/.test(text)
    ? Number(text)
    : refuse(`Invalid StringAttributeConstraints for schema attribute ${name}`)
}

const readNumber = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined || text === '') return undefined
  const value = /^[+-]?\d{1,309}(\.\d{1,309})?$/.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : refuse(`Invalid NumberAttributeConstraints for schema attribute ${name}`)
}

function refuseDuplicates(attributes: readonly SchemaAttribute[]): void {
  const seen = new Set<string>()
  for (const { Name } of attributes) {
    if (seen.has(Name)) refuse(`Duplicate custom attribute names ${Name} are not allowed in a user pool schema.`)
    seen.add(Name)
  }
  // unproved: AWS's sentence for the fifty-first.
  if (attributes.filter(({ Name }) => Name.includes(':')).length > mostCustom) {
    refuse(`A user pool cannot have more than ${mostCustom} custom attributes.`)
  }
}
