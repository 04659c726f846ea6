/**
 * Remakes src/wire/models/*.json from a folder of API descriptions: `node tools/update-models.ts <folder>`.
 * Keeps names, types, limits, errors and bindings, one line per operation and shape so that a change reads well in a diff.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const services = ['cognito-idp', 'cognito-identity', 'cognito-sync', 'sts', 'iam', 'sso', 'sso-oidc', 'rolesanywhere']
const folder = process.argv[2]
if (!folder) {
  console.error('Usage: node tools/update-models.ts <folder with cognito-idp.json …>')
  process.exit(1)
}

type Table = Record<string, unknown>

const lines = (table: Table) =>
  Object.keys(table)
    .sort()
    .map((name) => `  ${JSON.stringify(name)}: ${JSON.stringify(table[name])}`)
    .join(',\n')

type Described = { operations: Record<string, Table>; shapes: Record<string, Table> }

/** What AWS's documentation and SDK know and its descriptions leave out. */
const additions: Readonly<Record<string, (described: Described) => void>> = {
  'cognito-idp'({ operations, shapes }) {
    // The SDK sends both unsigned: @aws-sdk/client-cognito-identity-provider, httpAuthSchemeProvider.
    for (const name of ['ListUserSessions', 'RevokeUserSession'])
      operations[name] = { auth: 'none', ...operations[name] }
    // Any JSON: @aws-sdk/client-cognito-identity-provider, schemas, shapes of type document.
    shapes['Document'] = { type: 'structure', document: true }
    // Custom domains are fully qualified: API_CreateUserPoolDomain says so, its pattern knows no dots.
    Object.assign(shapes['DomainType'] ?? {}, { pattern: '^[a-z0-9](?:[a-z0-9\\-.]{0,61}[a-z0-9])?$' })
    // API_GetClientToken names the flow; no description lists it.
    const flows = shapes['ExplicitAuthFlowsType']?.['enum'] as string[]
    if (!flows.includes('ALLOW_CLIENT_TOKEN_AUTH')) flows.push('ALLOW_CLIENT_TOKEN_AUTH')
  },
  rolesanywhere({ operations, shapes }) {
    // No SDK has it, because no SDK signs with certificates: IAM Roles Anywhere User Guide, "CreateSession API".
    const wherever = (shape: string, name: string) => ({
      shape,
      location: 'querystring',
      locationName: name,
      orBody: true,
    })
    operations['CreateSession'] = {
      auth: 'none',
      http: { method: 'POST', requestUri: '/sessions', responseCode: 201 },
      input: 'CreateSessionRequest',
      output: 'CreateSessionResponse',
      errors: ['ValidationException', 'ResourceNotFoundException', 'AccessDeniedException'],
    }
    Object.assign(shapes, {
      CreateSessionRequest: {
        type: 'structure',
        required: ['cert', 'profileArn', 'roleArn', 'trustAnchorArn'],
        members: {
          cert: { shape: 'CertificateHeader', location: 'header', locationName: 'x-amz-x509' },
          chain: { shape: 'ChainHeader', location: 'header', locationName: 'x-amz-x509-chain' },
          durationSeconds: 'CreateProfileRequestDurationSecondsInteger',
          instanceProperties: 'InstancePropertyMap',
          profileArn: wherever('SessionArn', 'profileArn'),
          roleArn: wherever('SessionArn', 'roleArn'),
          roleSessionName: 'RoleSessionName',
          sessionName: 'String',
          trustAnchorArn: wherever('SessionArn', 'trustAnchorArn'),
        },
      },
      CertificateHeader: { type: 'string', min: 1, max: 12000 },
      ChainHeader: { type: 'string', min: 1, max: 60000 },
      // As the other ARNs, without their patterns: anybody may send these.
      SessionArn: { type: 'string', min: 1, max: 1011 },
      RoleSessionName: { type: 'string', min: 2, max: 64, pattern: '[\\w+=,.@-]*' },
      CreateSessionResponse: { type: 'structure', members: { credentialSet: 'CredentialSet', subjectArn: 'String' } },
      CredentialSet: { type: 'list', member: 'CredentialResponse' },
      CredentialResponse: {
        type: 'structure',
        members: {
          assumedRoleUser: 'AssumedRoleUser',
          credentials: 'Credentials',
          packedPolicySize: 'Integer',
          roleArn: 'String',
          sourceIdentity: 'String',
        },
      },
      AssumedRoleUser: { type: 'structure', members: { arn: 'String', assumedRoleId: 'String' } },
      Credentials: {
        type: 'structure',
        members: {
          accessKeyId: 'String',
          expiration: 'SyntheticTimestamp_date_time',
          secretAccessKey: 'SecretText',
          sessionToken: 'SecretText',
        },
      },
      SecretText: { type: 'string', sensitive: true },
    })
    // AWS writes `(:.*){2}`, and a value made for it costs a third of a second; a list may have 250 of them.
    for (const name of ['ProfileArn', 'RoleArn', 'TrustAnchorArn']) {
      const shape = shapes[name] as { pattern: string }
      shape.pattern = shape.pattern.replace('(:.*){2}', '(:[^:]*){2}')
    }
    // The same for an id whose pattern lets anything stand before and after it, in 36 characters of 36.
    Object.assign(shapes['Uuid'] ?? {}, { pattern: '[a-f0-9]{8}-([a-z0-9]{4}-){3}[a-z0-9]{12}' })
  },
}

for (const service of services) {
  const described = JSON.parse(readFileSync(join(folder, `${service}.json`), 'utf8'))
  additions[service]?.(described)
  const { operations, shapes, ...facts } = described
  const head = Object.entries(facts).map(([name, value]) => ` ${JSON.stringify(name)}: ${JSON.stringify(value)},`)
  const text = `{\n${head.join('\n')}\n "operations": {\n${lines(operations)}\n },\n "shapes": {\n${lines(shapes)}\n }\n}\n`
  const target = new URL(`../src/wire/models/${service}.json`, import.meta.url)
  writeFileSync(target, text)
  console.log(`${service}: ${Object.keys(operations).length} operations, ${Object.keys(shapes).length} shapes`)
}
