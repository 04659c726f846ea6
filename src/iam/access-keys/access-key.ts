/** An access key of a user of IAM as the rules see it. */
export type AccessKey = {
  readonly id: string
  readonly userId: string
  readonly active: boolean
  readonly createdAt: number
  readonly lastUsed: { readonly at: number; readonly service: string; readonly region: string } | undefined
}
