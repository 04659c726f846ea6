/** A user who is deleted in the middle of a sign-in. */
import { after, before, test } from 'node:test'
import { AdminDeleteUserCommand } from '@aws-sdk/client-cognito-identity-provider'
import { requireClient } from '../../src/user-pools/clients/find.ts'
import { beginSession } from '../../src/user-pools/tokens/issue.ts'
import { requireUser } from '../../src/user-pools/users/find.ts'
import { makePool, refused } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

test('between password and tokens is refused as gone, and no session is left', async () => {
  const people = await makePool(server)
  await people.add('ann')
  const { pool, client } = await requireClient(server.world, people.clientId)
  const user = await requireUser(server.world, pool, 'ann')
  await server.clients.idp.send(new AdminDeleteUserCommand({ UserPoolId: pool.id, Username: 'ann' }))
  await refused(beginSession(server.world, { pool, client, user }), 'UserNotFoundException', 'User does not exist.')
})
