/** Sign-up, sign-in by SRP and tokens with Amplify, as an app would do it. See README.md. */
import {
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { Amplify } from 'aws-amplify'
import { confirmSignUp, fetchAuthSession, getCurrentUser, signIn, signOut, signUp } from 'aws-amplify/auth'

const endpoint = process.env.AWS_ENDPOINT_URL ?? 'http://localhost:4100'

// Once, by whoever sets the app up: a pool and its client.
const admin = new CognitoIdentityProviderClient({
  ...{ endpoint, region: 'us-east-1' },
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})
const { UserPool } = await admin.send(
  new CreateUserPoolCommand({ PoolName: 'amplify', AutoVerifiedAttributes: ['email'] }),
)
const { UserPoolClient } = await admin.send(
  new CreateUserPoolClientCommand({ UserPoolId: UserPool.Id, ClientName: 'app' }),
)

// The app: `userPoolEndpoint` is the one line that AWS does not need.
Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: UserPool.Id,
      userPoolClientId: UserPoolClient.ClientId,
      userPoolEndpoint: endpoint,
    },
  },
})

const [username, password, email] = ['ann', 'Correct-horse-7', `ann-${Date.now()}@example.com`]
await signUp({ username, password, options: { userAttributes: { email } } })

// In development messages go to the mailbox; a person would read this one.
const [message] = await (await fetch(`${endpoint}/mailbox/messages?to=${encodeURIComponent(email)}`)).json()
await confirmSignUp({ username, confirmationCode: message.code })

await signIn({ username, password })
const { tokens } = await fetchAuthSession()
console.log('signed in as', (await getCurrentUser()).username)
console.log('the ID token is for', tokens.idToken.payload.email)
await signOut({ global: true })
console.log('signed out everywhere')
