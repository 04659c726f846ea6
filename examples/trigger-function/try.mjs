/** A pool whose sign-up asks the function members-only, and two people who try. See README.md. */
import {
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'

const client = new CognitoIdentityProviderClient({
  endpoint: process.env.AWS_ENDPOINT_URL ?? 'http://localhost:4100',
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})

const { UserPool } = await client.send(
  new CreateUserPoolCommand({
    PoolName: 'members',
    LambdaConfig: { PreSignUp: 'arn:aws:lambda:us-east-1:000000000000:function:members-only' },
  }),
)
const { UserPoolClient } = await client.send(
  new CreateUserPoolClientCommand({ UserPoolId: UserPool.Id, ClientName: 'web' }),
)

for (const [Username, email] of [
  ['ann', 'ann@example.com'],
  ['eve', 'eve@elsewhere.example'],
]) {
  const UserAttributes = [{ Name: 'email', Value: email }]
  const asked = new SignUpCommand({
    ...{ ClientId: UserPoolClient.ClientId, Username, Password: 'Correct-horse-7', UserAttributes },
  })
  const said = await client.send(asked).then(
    ({ UserConfirmed }) => (UserConfirmed ? 'is in, confirmed' : 'is in, to be confirmed'),
    ({ name, message }) => `${name}: ${message}`,
  )
  console.log(Username, said)
}
