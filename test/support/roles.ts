/** Roles and their sessions for tests: made and assumed through the wire, as a program would. */
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { AssumeRoleCommand, type AssumeRoleCommandInput, type Credentials } from '@aws-sdk/client-sts'
import type { Clients, Keys, TestServer } from './server.ts'

export const account = '000000000000'

/** A document of version 2012-10-17. */
export const document = (...statements: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements })

/** A trust policy that lets these AWS principals assume the role, the whole account unless told. */
export const trusting = (
  principal: string | string[] = account,
  actions: string | string[] = 'sts:AssumeRole',
  more: object = {},
): string => document({ Effect: 'Allow', Principal: { AWS: principal }, Action: actions, ...more })

export const allowing = (Action: string | string[], Resource: string | string[] = '*'): string =>
  document({ Effect: 'Allow', Action, Resource })

/** Makes the role and answers its ARN. */
export async function makeRole(
  { iam }: Pick<Clients, 'iam'>,
  name: string,
  { trust = trusting(), policy }: { trust?: string; policy?: string } = {},
) {
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }))
  if (policy) await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'p', PolicyDocument: policy }))
  return Role!.Arn!
}

export const keysOf = (credentials: Credentials | undefined): Required<Keys> => ({
  accessKeyId: credentials!.AccessKeyId!,
  secretAccessKey: credentials!.SecretAccessKey!,
  sessionToken: credentials!.SessionToken!,
})

/** Assumes the role and answers clients that sign with the session, and its keys. */
export async function assume(
  server: Pick<TestServer, 'clientsWith'>,
  { sts }: Pick<Clients, 'sts'>,
  roleArn: string,
  more: Partial<AssumeRoleCommandInput> = {},
): Promise<Clients & { keys: Required<Keys> }> {
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'me', ...more }))
  const keys = keysOf(Credentials)
  return { ...server.clientsWith(keys), keys }
}

/** A raw call of the Query protocol to an unsigned operation, or one meant to fail before signatures. */
export async function postForm(
  endpoint: string,
  parameters: Record<string, string>,
  headers: Record<string, string> = {},
) {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(parameters),
  })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}
