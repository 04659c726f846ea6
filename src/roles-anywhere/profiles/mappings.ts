/** Which attributes of a certificate become session tags. AWS: User Guide, "Certificate attribute mapping". */
import { fail } from '../../wire/errors.ts'
import type { AttributeMapping, CertificateField, MappingRule } from '../api.ts'

const rule = (specifier: string): MappingRule => ({ specifier })

/** In the order in which AWS shows them. */
export const usualMappings: readonly AttributeMapping[] = [
  { certificateField: 'x509Issuer', mappingRules: [rule('*')] },
  { certificateField: 'x509SAN', mappingRules: [rule('DNS'), rule('URI'), rule('Name/*')] },
  { certificateField: 'x509Subject', mappingRules: [rule('*')] },
]

const order: readonly CertificateField[] = ['x509Issuer', 'x509SAN', 'x509Subject']

/**
 * The attributes that are recognised, by object identifier: RFC 4514 3, RFC 4519, RFC 5280 4.1.2.4.
 * unproved: AWS shows C, O, OU, ST, L, CN and says that there are more; the others are spelt as OpenSSL spells them.
 */
export const attributeNames: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'street'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.12', 'title'],
  ['2.5.4.42', 'GN'],
  ['2.5.4.43', 'initials'],
  ['2.5.4.44', 'generationQualifier'],
  ['2.5.4.46', 'dnQualifier'],
  ['2.5.4.65', 'pseudonym'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['1.2.840.113549.1.9.1', 'emailAddress'],
])

const known = new Set(attributeNames.values())

/** Of a rule for alternative names that are directory names: the attribute, all of them if none is named. */
function nameRule(specifier: string): string | undefined {
  const [found, attribute] = /^Name(?:\/(.*))?$/s.exec(specifier) ?? []
  return found && (attribute || '*')
}

/** The specifier as it is kept. Refuses what names nothing in that field. */
function readSpecifier(field: CertificateField, specifier: string): string {
  const attribute = field === 'x509SAN' ? nameRule(specifier) : specifier
  const fits = field === 'x509SAN' && ['DNS', 'URI'].includes(specifier)
  // unproved: the sentence.
  if (!fits && (!attribute || (attribute !== '*' && !known.has(attribute))))
    return fail('ValidationException', `Specifier ${specifier} is not supported for ${field}.`)
  return field === 'x509SAN' && !fits ? `Name/${attribute}` : specifier
}

const sorted = (mappings: readonly AttributeMapping[]) =>
  order.flatMap((field) => mappings.find(({ certificateField }) => certificateField === field) ?? [])

/** The rules of one field, in place of those that it had. unproved: that they replace and do not add; the example reads so. */
export function putMapping(
  before: readonly AttributeMapping[],
  certificateField: CertificateField,
  rules: readonly MappingRule[],
): AttributeMapping[] {
  const specifiers = [...new Set(rules.map(({ specifier }) => readSpecifier(certificateField, specifier)))]
  if (specifiers.length === 0) fail('ValidationException', 'A mapping needs at least one rule.')
  const others = before.filter((one) => one.certificateField !== certificateField)
  return sorted([...others, { certificateField, mappingRules: specifiers.map(rule) }])
}

/** Without these specifiers of a field, or without all of them. */
export function deleteMapping(
  before: readonly AttributeMapping[],
  field: CertificateField,
  specifiers: readonly string[] | undefined,
): AttributeMapping[] {
  const gone = specifiers?.map((specifier) => readSpecifier(field, specifier))
  return before.flatMap((one) => {
    if (one.certificateField !== field) return [one]
    const mappingRules = gone ? one.mappingRules.filter(({ specifier }) => !gone.includes(specifier)) : []
    return mappingRules.length > 0 ? [{ certificateField: field, mappingRules }] : []
  })
}
