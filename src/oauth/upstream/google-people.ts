/** Google's People API, asked for those mapped claims that no ID token has. People API: "REST Resource: people". */
import type { Json } from './exchange.ts'

/** Field masks that a mapping may name, and the member of their first entry that is the value. */
const fields: Readonly<Record<string, string>> = {
  addresses: 'formattedValue',
  ageRanges: 'ageRange',
  biographies: 'value',
  birthdays: 'text',
  emailAddresses: 'value',
  genders: 'value',
  locales: 'value',
  names: 'displayName',
  nicknames: 'value',
  occupations: 'value',
  organizations: 'name',
  phoneNumbers: 'value',
  photos: 'url',
  urls: 'value',
}

export const peopleFields = (claims: readonly string[]): string[] =>
  claims.filter((claim) => Object.hasOwn(fields, claim))

/** unproved: how AWS makes a text of a list; here it is the first entry's. */
export const readPeople = (person: Json, wanted: readonly string[]): Json =>
  Object.fromEntries(
    wanted.flatMap((name) => {
      const list = person[name]
      const first = Array.isArray(list) ? (list[0] as Json | undefined) : undefined
      const value = first?.[fields[name] ?? '']
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
