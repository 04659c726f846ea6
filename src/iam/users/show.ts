/** A user of IAM as the answers show it. */
import type { World } from '../../world.ts'
import { type User, userArn } from './user.ts'

export const describeUser = ({ settings }: Pick<World, 'settings'>, one: User) => ({
  Path: one.path,
  UserName: one.name,
  UserId: one.id,
  Arn: userArn(settings, one),
  CreateDate: new Date(one.createdAt),
})
