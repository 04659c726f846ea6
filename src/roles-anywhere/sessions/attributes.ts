/** What of a certificate a session carries: tags, source identity and name. AWS: User Guide, "Trust policy", "Source identity rules". */
import { isTagValue, type Tag } from '../../iam/tags.ts'
import type { Certificate, Name } from '../../protocols/x509.ts'
import type { AttributeMapping, CertificateField } from '../api.ts'
import { attributeNames } from '../profiles/mappings.ts'

/** `CN` with all its values in order, as one text; undefined where a value is no text. */
function valuesOf({ attributes }: Name): ReadonlyMap<string, string | undefined> {
  const values = new Map<string, string | undefined>()
  for (const { type, value } of attributes) {
    const name = attributeNames.get(type)
    if (name === undefined) continue
    const before = values.get(name)
    const joined = before === undefined || value === undefined ? undefined : `${before}/${value}`
    values.set(name, values.has(name) ? joined : value)
  }
  return values
}

type Found = readonly (readonly [specifier: string, value: string | undefined])[]

const first = (name: string, values: readonly string[]): Found => values.slice(0, 1).map((value) => [name, value])

const readers: Record<CertificateField, (certificate: Certificate) => Found> = {
  x509Subject: ({ subject }) => [...valuesOf(subject)],
  x509Issuer: ({ issuer }) => [...valuesOf(issuer)],
  x509SAN: ({ dns, uris, directoryNames: [name] }) => [
    ...first('DNS', dns),
    ...first('URI', uris),
    ...(name ? [...valuesOf(name)].map(([key, value]) => [`Name/${key}`, value] as const) : []),
  ],
}

/** `*` for all attributes of a name, `Name/*` for those of an alternative one. */
const covers = ({ mappingRules }: AttributeMapping, specifier: string) =>
  mappingRules.some(({ specifier: rule }) =>
    rule.endsWith('*') ? specifier.startsWith(rule.slice(0, -1)) : rule === specifier,
  )

export type Mapped = {
  readonly tags: readonly Tag[]
  /** Specifiers whose values no tag can have, by field. */
  readonly failed: Readonly<Record<CertificateField, readonly string[]>>
}

/** The tags that a profile's mappings make of a certificate. A value that no tag can have is left out. */
export function tagsOf(certificate: Certificate, mappings: readonly AttributeMapping[]): Mapped {
  const failed: Record<CertificateField, string[]> = { x509Issuer: [], x509Subject: [], x509SAN: [] }
  const tags = mappings.flatMap((mapping) =>
    readers[mapping.certificateField](certificate)
      .filter(([specifier]) => covers(mapping, specifier))
      .flatMap(([specifier, value]) => {
        if (value !== undefined && isTagValue(value))
          return [{ Key: `${mapping.certificateField}/${specifier}`, Value: value }]
        failed[mapping.certificateField].push(specifier)
        return []
      }),
  )
  return { tags, failed }
}

/** Hexadecimal, of an even length. AWS's example of an odd one is padded. */
export function hexSerial({ serial }: Pick<Certificate, 'serial'>): string {
  const hex = serial.toString(16)
  return hex.length % 2 === 0 ? hex : `0${hex}`
}

const longestPrefixed = 61
const longestIdentity = 64

/**
 * The source identity; undefined if the common name can be none. unproved: what AWS does with a common name that does not
 * fit its pattern. To fall back on the serial number would hide the name in logs, so such a certificate is refused.
 */
export function sourceIdentityOf(certificate: Certificate): string | undefined {
  const { attributes } = certificate.subject
  const names = attributes.filter(({ type }) => attributeNames.get(type) === 'CN')
  if (names.length === 0) return `ID=${hexSerial(certificate)}`
  if (names.some(({ value }) => value === undefined)) return undefined
  const name = names.map(({ value }) => value).join('/')
  const identity = name.length <= longestPrefixed ? `CN=${name}` : name
  return name !== '' && identity.length <= longestIdentity && isTagValue(name) ? identity : undefined
}
