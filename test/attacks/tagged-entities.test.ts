/** A denial by the tags of a thing of IAM holds for every call about it, and none goes by as if it were about nothing yet. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as api from '@aws-sdk/client-iam'
import { account, assume, document, makeRole } from '../support/roles.ts'
import { makeIdpKey, makeMetadata } from '../support/saml-messages.ts'
import { type Clients, startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let limited: Clients
before(async () => {
  server = await startTestServer()
  const policy = document(
    { Effect: 'Allow', Action: 'iam:*', Resource: '*' },
    {
      ...{ Effect: 'Deny', Action: 'iam:*', Resource: '*' },
      Condition: { StringEquals: { 'aws:ResourceTag/stage': 'live' } },
    },
  )
  limited = await assume(server, server.clients, await makeRole(server.clients, 'NotLive', { policy }))
})
after(() => server.close())

const arn = (rest: string) => `arn:aws:iam::${account}:${rest}`
type Command = Parameters<Clients['iam']['send']>[0]

/** How each kind of thing is made under a name, and the calls about it whose refusals could be forgotten. */
const things: Record<string, { make(name: string, Tags: api.Tag[]): Promise<unknown>; calls(name: string): object[] }> =
  {
    user: {
      make: (UserName, Tags) => server.clients.iam.send(new api.CreateUserCommand({ UserName, Tags })),
      calls: (UserName) => [
        ...aboutPrincipal(arn(`user/${UserName}`)),
        new api.CreateAccessKeyCommand({ UserName }),
        new api.DeleteUserCommand({ UserName }),
      ],
    },
    role: {
      make: (name, Tags) => makeRole(server.clients, name).then((made) => tagRole(name, Tags).then(() => made)),
      calls: (RoleName) => [...aboutPrincipal(arn(`role/${RoleName}`)), new api.DeleteRoleCommand({ RoleName })],
    },
    policy: {
      make: (PolicyName, Tags) =>
        server.clients.iam.send(
          new api.CreatePolicyCommand({
            ...{ PolicyName, Tags },
            PolicyDocument: document({ Effect: 'Allow', Action: 's3:*', Resource: '*' }),
          }),
        ),
      calls: (name) => [
        new api.GenerateServiceLastAccessedDetailsCommand({ Arn: arn(`policy/${name}`) }),
        new api.DeletePolicyCommand({ PolicyArn: arn(`policy/${name}`) }),
      ],
    },
    'OpenID Connect provider': {
      make: (name, Tags) =>
        server.clients.iam.send(
          new api.CreateOpenIDConnectProviderCommand({ Url: `https://${name}.example.com`, Tags }),
        ),
      calls: (name) => {
        const OpenIDConnectProviderArn = arn(`oidc-provider/${name}.example.com`)
        return [
          new api.AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: 'c' }),
          new api.DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }),
        ]
      },
    },
    'SAML provider': {
      make: async (Name, Tags) => {
        const SAMLMetadataDocument = makeMetadata({ keys: [await makeIdpKey()] })
        await server.clients.iam.send(new api.CreateSAMLProviderCommand({ Name, SAMLMetadataDocument, Tags }))
      },
      calls: (name) => [new api.DeleteSAMLProviderCommand({ SAMLProviderArn: arn(`saml-provider/${name}`) })],
    },
  }

const aboutPrincipal = (principal: string) => [
  new api.SimulatePrincipalPolicyCommand({ PolicySourceArn: principal, ActionNames: ['s3:GetObject'] }),
  new api.GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: principal }),
  new api.GenerateServiceLastAccessedDetailsCommand({ Arn: principal }),
  new api.ListPoliciesGrantingServiceAccessCommand({ Arn: principal, ServiceNamespaces: ['s3'] }),
]

const tagRole = (RoleName: string, Tags: api.Tag[]) =>
  server.clients.iam.send(new api.TagRoleCommand({ RoleName, Tags }))

for (const [kind, { make, calls }] of Object.entries(things))
  test(`a ${kind}`, async () => {
    await make('live', [{ Key: 'Stage', Value: 'live' }])
    await make('test', [{ Key: 'Stage', Value: 'test' }])
    for (const call of calls('live')) {
      await assert.rejects(limited.iam.send(call as Command), { name: 'AccessDenied' }, call.constructor.name)
    }
    // Or the refusals would prove nothing.
    for (const call of calls('test')) {
      if (!(call instanceof api.DeleteUserCommand)) await limited.iam.send(call as Command)
    }
  })
