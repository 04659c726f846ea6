/** A use of a service by a role or a user, and a report about uses, as the rules see them. */

export type Use = {
  readonly principalId: string
  /** Its namespace: `s3`. */
  readonly service: string
  /** Of that service; undefined where the service as a whole is meant. */
  readonly action: string | undefined
  readonly at: number
  readonly region: string
}

export type Job = {
  readonly id: string
  /** Of the user, group, role or policy that is reported on. */
  readonly arn: string
  readonly byAction: boolean
  /** `aws:userid` of who asked for it, who alone may read it. */
  readonly askedBy: string
  readonly createdAt: number
}
