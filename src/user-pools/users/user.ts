/** A user of a pool as the rules see one: every slice reads this shape, only the users slice writes it. */

export type UserStatus = 'UNCONFIRMED' | 'CONFIRMED' | 'FORCE_CHANGE_PASSWORD' | 'RESET_REQUIRED' | 'EXTERNAL_PROVIDER'

export type User = {
  readonly poolId: string
  /** A UUID, for ever this user's. */
  readonly sub: string
  /** As chosen at sign-up; the sub in pools whose users sign in with an e-mail address or phone number. */
  readonly username: string
  readonly status: UserStatus
  readonly enabled: boolean
  /** Name to value, `sub` first; `email_verified` and `phone_number_verified` are `true` or `false`. */
  readonly attributes: Readonly<Record<string, string>>
  /** Epoch milliseconds, as all times here. */
  readonly createdAt: number
  readonly modifiedAt: number
  /** How often they were signed out everywhere: whatever began when it was another number is over. */
  readonly signOuts: number
  /** When a temporary password dies; undefined for a permanent one. */
  readonly temporaryUntil: number | undefined
  readonly hasPassword: boolean
  /** 0 when never. */
  readonly passwordSetAt: number
}

/** AWS's list form of attributes, `sub` first, then as they were written. */
export const attributeList = (attributes: Readonly<Record<string, string>>): { Name: string; Value: string }[] =>
  Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }))

/** The user in AWS's UserType. */
export const describeUser = (user: User) => ({
  Username: user.username,
  Attributes: attributeList(user.attributes),
  UserCreateDate: new Date(user.createdAt),
  UserLastModifiedDate: new Date(user.modifiedAt),
  Enabled: user.enabled,
  UserStatus: user.status,
})
