/** From an empty server to a signed-in person, with the AWS SDK for JavaScript. See README.md. */
import {
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  GetUserCommand,
  InitiateAuthCommand,
  ListUsersCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'

const endpoint = process.env.AWS_ENDPOINT_URL ?? 'http://localhost:4100'
const region = 'us-east-1'

// An administrator signs requests; people do not: what they send is a password or a token.
const admin = new CognitoIdentityProviderClient({
  ...{ endpoint, region },
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})
const anybody = new CognitoIdentityProviderClient({ endpoint, region, signer: { sign: async (request) => request } })

const { UserPool } = await admin.send(
  new CreateUserPoolCommand({ PoolName: 'people', AutoVerifiedAttributes: ['email'] }),
)
const { UserPoolClient } = await admin.send(
  new CreateUserPoolClientCommand({
    UserPoolId: UserPool.Id,
    ClientName: 'web',
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  }),
)
const { ClientId } = UserPoolClient

const [Username, Password, email] = ['ann', 'Correct-horse-7', `ann-${Date.now()}@example.com`]
await anybody.send(
  new SignUpCommand({ ClientId, Username, Password, UserAttributes: [{ Name: 'email', Value: email }] }),
)

// In development messages go to the mailbox; a person would read this one.
const [message] = await (await fetch(`${endpoint}/mailbox/messages?to=${encodeURIComponent(email)}`)).json()
await anybody.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: message.code }))

const { AuthenticationResult } = await anybody.send(
  new InitiateAuthCommand({
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: Username, PASSWORD: Password },
  }),
)
const me = await anybody.send(new GetUserCommand({ AccessToken: AuthenticationResult.AccessToken }))
console.log('signed in as', me.Username)

const { Users } = await admin.send(new ListUsersCommand({ UserPoolId: UserPool.Id, Filter: `email = "${email}"` }))
console.log('an administrator sees', Users.map((user) => `${user.Username}: ${user.UserStatus}`).join(', '))
