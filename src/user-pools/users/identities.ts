/** The attribute `identities`: at which providers a user is known, as AWS writes it. Only federation sets it. */

export type IdentityEntry = {
  readonly userId: string
  readonly providerName: string
  readonly providerType: string
  /** Null for social providers. */
  readonly issuer: string | null
  /** Whether the profile began with this provider; linked identities have false. */
  readonly primary: boolean
  /** Epoch milliseconds. */
  readonly dateCreated: number
}

type Attributes = Readonly<Record<string, string>>

export const readIdentities = ({ identities }: Attributes): readonly IdentityEntry[] =>
  identities ? (JSON.parse(identities) as IdentityEntry[]) : []

/** Empty text where there is none: that deletes the attribute. */
export const printIdentities = (entries: readonly IdentityEntry[]): string =>
  entries.length > 0 ? JSON.stringify(entries) : ''

/** Whether the profile began with a provider. Such users go by their username only: their addresses are nobody's name. */
export const standsAlone = (attributes: Attributes): boolean =>
  readIdentities(attributes).some(({ primary }) => primary)

/** As ID tokens say it: every value a string, as AWS has it. */
export const identityClaims = (text: string): unknown =>
  readIdentities({ identities: text }).map((entry) => ({
    ...entry,
    primary: String(entry.primary),
    dateCreated: String(entry.dateCreated),
  }))
