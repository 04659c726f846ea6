/**
 * Remakes src/wire/models/*.json from a folder of API descriptions: `node tools/update-models.ts <folder>`.
 * Keeps names, types, limits, errors and bindings, one line per operation and shape so that a change reads well in a diff.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const services = ['cognito-idp', 'cognito-identity', 'cognito-sync', 'sts', 'iam', 'sso', 'sso-oidc']
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
