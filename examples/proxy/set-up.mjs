/** Makes what proxy.json needs, through the public API, and writes proxy.local.json beside it. */
import { readFileSync, writeFileSync } from 'node:fs'
import {
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
} from '@aws-sdk/client-cognito-identity-provider'

const idp = new CognitoIdentityProviderClient({
  endpoint: process.env.AWS_ENDPOINT_URL ?? 'http://localhost:4100',
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})

const { UserPool } = await idp.send(new CreateUserPoolCommand({ PoolName: 'proxy-example' }))
const UserPoolId = UserPool.Id
const Domain = `proxy-example-${Date.now()}` // so that this may be run again
await idp.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain }))
const { UserPoolClient: web } = await idp.send(
  new CreateUserPoolClientCommand({
    UserPoolId,
    ClientName: 'web',
    GenerateSecret: true,
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ['code'],
    AllowedOAuthScopes: ['openid', 'email'],
    CallbackURLs: ['http://localhost:8080/oauth2/idpresponse'],
  }),
)
const { UserPoolClient: terminal } = await idp.send(
  new CreateUserPoolClientCommand({
    UserPoolId,
    ClientName: 'terminal',
    ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'],
  }),
)
const [Username, Password] = ['ann', 'Passw0rd!']
const UserAttributes = [{ Name: 'email', Value: 'ann@example.com' }]
await idp.send(new AdminCreateUserCommand({ UserPoolId, Username, UserAttributes, MessageAction: 'SUPPRESS' }))
await idp.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: true }))

const folder = new URL('.', import.meta.url)
const text = readFileSync(new URL('proxy.json', folder), 'utf8')
  .replaceAll('us-east-1_REPLACE', UserPoolId)
  .replaceAll('"REPLACE"', `"${web.ClientId}"`)
  .replaceAll('"proxy-example"', `"${Domain}"`)
writeFileSync(new URL('proxy.local.json', folder), text)

const { AuthenticationResult } = await idp.send(
  new AdminInitiateAuthCommand({
    UserPoolId,
    ClientId: terminal.ClientId,
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: Username, PASSWORD: Password },
  }),
)
console.log(
  `examples/proxy/proxy.local.json is written for the pool ${UserPoolId}.\n\nID_TOKEN=${AuthenticationResult.IdToken}`,
)
