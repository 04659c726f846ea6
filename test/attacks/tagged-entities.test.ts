/** A denial by the tags of a thing of IAM holds for every call about it, and nobody makes it with tags whom a policy lets put none. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as api from '@aws-sdk/client-iam'
import { account, assume, document, makeRole, trusting } from '../support/roles.ts'
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

/** The creations that take tags, each with the action that lets somebody put them. */
const creations: Record<string, (Tags: api.Tag[]) => object> = {
  'iam:TagUser': (Tags) => new api.CreateUserCommand({ UserName: `u${Tags.length}`, Tags }),
  'iam:TagRole': (Tags) =>
    new api.CreateRoleCommand({ RoleName: `r${Tags.length}`, AssumeRolePolicyDocument: trusting(), Tags }),
  'iam:TagPolicy': (Tags) =>
    new api.CreatePolicyCommand({
      ...{ PolicyName: `p${Tags.length}`, Tags },
      PolicyDocument: document({ Effect: 'Allow', Action: 's3:*', Resource: '*' }),
    }),
  'iam:TagInstanceProfile': (Tags) =>
    new api.CreateInstanceProfileCommand({ InstanceProfileName: `i${Tags.length}`, Tags }),
  'iam:TagMFADevice': (Tags) =>
    new api.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: `m${Tags.length}`, Tags }),
  'iam:TagOpenIDConnectProvider': (Tags) =>
    new api.CreateOpenIDConnectProviderCommand({ Url: `https://o${Tags.length}.example.com`, Tags }),
  'iam:TagSAMLProvider': async (Tags) =>
    new api.CreateSAMLProviderCommand({
      ...{ Name: `s${Tags.length}`, Tags },
      SAMLMetadataDocument: makeMetadata({ keys: [await makeIdpKey()] }),
    }),
}

test('whoever may make but not tag makes no user, role or anything else with tags', async () => {
  const policy = document({ Effect: 'Allow', Action: ['iam:Create*'], Resource: '*' })
  const maker = await assume(server, server.clients, await makeRole(server.clients, 'Maker', { policy }))
  for (const [action, create] of Object.entries(creations)) {
    await maker.iam.send((await create([])) as Command)
    const tagged = (await create([{ Key: 'admin', Value: 'true' }])) as Command
    await assert.rejects(maker.iam.send(tagged), {
      name: 'AccessDenied',
      message: new RegExp(`not authorized to perform: ${action} on resource: arn:`),
    })
  }
})
