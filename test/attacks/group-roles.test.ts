/** Whoever may write groups must not lend out roles that are not theirs to pass: members of a group get its role. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as idp from '@aws-sdk/client-cognito-identity-provider'
import { PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { allowing, assume, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

test('a group gets a role only from somebody who may pass the role to user pools', async () => {
  const { clients } = server
  const { UserPool } = await clients.idp.send(new idp.CreateUserPoolCommand({ PoolName: 'p' }))
  const UserPoolId = UserPool!.Id!
  const powerful = await makeRole(clients, 'powerful', { policy: allowing('*') })
  const editor = await makeRole(clients, 'editor', { policy: allowing('cognito-idp:*') })
  const { idp: editing } = await assume(server, clients, editor)
  const create = (GroupName: string, RoleArn?: string) =>
    editing.send(new idp.CreateGroupCommand({ UserPoolId, GroupName, RoleArn }))
  const update = (GroupName: string, RoleArn?: string) =>
    editing.send(new idp.UpdateGroupCommand({ UserPoolId, GroupName, RoleArn }))
  const refused = {
    name: 'AccessDeniedException',
    message: /not authorized to perform: iam:PassRole on resource: .*powerful/,
  }

  await create('plain')
  await assert.rejects(create('admins', powerful), refused)
  await assert.rejects(update('plain', powerful), refused)
  const { Groups } = await editing.send(new idp.ListGroupsCommand({ UserPoolId }))
  assert.deepEqual(
    Groups?.map(({ GroupName, RoleArn }) => [GroupName, RoleArn]),
    [['plain', undefined]],
  )

  const passing = (PassedTo: string) =>
    clients.iam.send(
      new PutRolePolicyCommand({
        RoleName: 'editor',
        PolicyName: 'pass',
        PolicyDocument: document({
          Effect: 'Allow',
          Action: 'iam:PassRole',
          Resource: powerful,
          Condition: { StringEquals: { 'iam:PassedToService': PassedTo } },
        }),
      }),
    )
  await passing('ec2.amazonaws.com')
  await assert.rejects(update('plain', powerful), refused)
  await passing('cognito-idp.amazonaws.com')
  const { Group } = await update('plain', powerful)
  assert.equal(Group?.RoleArn, powerful)
})
