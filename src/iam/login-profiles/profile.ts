/** A user's password, as the rules see it. */
export type LoginProfile = {
  readonly userId: string
  /** Argon2id. */
  readonly hash: string
  /** The hashes before, newest first. */
  readonly former: readonly string[]
  readonly resetRequired: boolean
  readonly createdAt: number
  readonly changedAt: number
}
