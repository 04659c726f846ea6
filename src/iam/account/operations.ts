/**
 * The account as a whole: its alias and its password policy.
 *
 * Owns table iam_accounts. AWS: IAM API Reference.
 */
import { fail } from '../../wire/errors.ts'
import { type Operation, operationsOf } from '../../wire/operation.ts'
import { account } from '../entity-door.ts'
import { type PasswordPolicy, unsaid } from './password-policy.ts'
import { readAccount, writeAlias, writePasswordPolicy } from './store.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

/** An account has one alias: a new one takes the place of the old. */
export const CreateAccountAlias = operation('CreateAccountAlias', account, async ({ AccountAlias }, { world }) => {
  const { alias } = await readAccount(world.db, world.settings.account)
  if (alias === AccountAlias) {
    fail('EntityAlreadyExistsException', `The account alias ${AccountAlias} already exists.`)
  }
  await writeAlias(world.db, world.settings.account, AccountAlias)
  return undefined
})

export const ListAccountAliases = operation('ListAccountAliases', account, async (_, { world }) => {
  const { alias } = await readAccount(world.db, world.settings.account)
  return { AccountAliases: alias === undefined ? [] : [alias], IsTruncated: false }
})

export const DeleteAccountAlias = operation('DeleteAccountAlias', account, async ({ AccountAlias }, { world }) => {
  const { alias } = await readAccount(world.db, world.settings.account)
  if (alias !== AccountAlias) {
    fail('NoSuchEntityException', `The account alias ${AccountAlias} cannot be found.`)
  }
  await writeAlias(world.db, world.settings.account, undefined)
  return undefined
})

/** What is not given gets its default, whatever it was before. AWS: UpdateAccountPasswordPolicy. */
export const UpdateAccountPasswordPolicy = operation(
  'UpdateAccountPasswordPolicy',
  account,
  async (input, { world }) => {
    const given = Object.entries(input).filter(([, value]) => value !== undefined)
    const policy: PasswordPolicy = { ...unsaid, ...(Object.fromEntries(given) as Partial<PasswordPolicy>) }
    await writePasswordPolicy(world.db, world.settings.account, policy)
    return undefined
  },
)

const noPolicy = ({ settings }: { settings: { account: string } }): never =>
  fail('NoSuchEntityException', `The Password Policy with domain name ${settings.account} cannot be found.`)

export const GetAccountPasswordPolicy = operation('GetAccountPasswordPolicy', account, async (_, { world }) => {
  const policy = (await readAccount(world.db, world.settings.account)).passwordPolicy ?? noPolicy(world)
  return { PasswordPolicy: { ...policy, ExpirePasswords: policy.MaxPasswordAge !== undefined } }
})

export const DeleteAccountPasswordPolicy = operation('DeleteAccountPasswordPolicy', account, async (_, { world }) => {
  if (!(await readAccount(world.db, world.settings.account)).passwordPolicy) noPolicy(world)
  await writePasswordPolicy(world.db, world.settings.account, undefined)
  return undefined
})

export const operations: Operation[] = [
  ...[CreateAccountAlias, ListAccountAliases, DeleteAccountAlias],
  ...[UpdateAccountPasswordPolicy, GetAccountPasswordPolicy, DeleteAccountPasswordPolicy],
]
