/** What holds for every operation of every service, read from the models. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { services } from '../src/app.ts'
import { printConfiguration, printCoverage } from '../tools/print-docs.ts'
import { startTestServer, type TestServer } from './support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

describe('every registered operation', () => {
  for (const [name, service] of Object.entries(services)) {
    for (const operation of service.operations.values()) {
      test(`${name}:${operation.name} is one AWS knows, and is signed exactly when AWS says so`, () => {
        const described = service.model.operations[operation.name]
        assert.ok(described)
        // Documented as public, though its model lacks the mark: the client secret is the proof.
        const unsigned = described.auth === 'none' || operation.name === 'GetClientToken'
        assert.equal(operation.signed, !unsigned)
      })
    }
  }
})

describe('every public JSON operation', () => {
  for (const service of Object.values(services).filter((one) => one.model.protocol === 'json')) {
    for (const operation of [...service.operations.values()].filter((one) => !one.signed)) {
      test(`${service.model.service}:${operation.name} refuses {} by naming what is missing`, async () => {
        const shape = service.model.shapes[service.model.operations[operation.name]?.input ?? '']
        const answer = await server.post(`${service.model.targetPrefix}.${operation.name}`, {})
        assert.equal(answer.status, 400)
        if (shape?.required?.length) {
          assert.equal(answer.body.__type, service.refusal)
          assert.match(answer.body.message ?? '', new RegExp(`^${shape.required.length} validation errors? detected: `))
        }
      })

      test(`${service.model.service}:${operation.name} refuses a body that is a list`, async () => {
        const answer = await server.post(`${service.model.targetPrefix}.${operation.name}`, [])
        assert.equal(answer.body.__type, 'SerializationException')
      })
    }
  }
})

describe('every signed JSON operation', () => {
  for (const service of Object.values(services).filter((one) => one.model.protocol === 'json')) {
    for (const operation of [...service.operations.values()].filter((one) => one.signed)) {
      test(`${service.model.service}:${operation.name} refuses an unsigned call`, async () => {
        const answer = await server.post(`${service.model.targetPrefix}.${operation.name}`, {})
        assert.equal(answer.body.__type, 'MissingAuthenticationTokenException')
      })
    }
  }
})

test('docs/coverage.md is what the code prints', () => {
  // Not a diff of two long pages: the remedy.
  assert.ok(
    readFileSync('docs/coverage.md', 'utf8') === printCoverage(),
    'Run `npm run docs` and commit docs/coverage.md.',
  )
})

test('docs/configuration.md is what the code prints', () => {
  assert.ok(
    readFileSync('docs/configuration.md', 'utf8') === printConfiguration(),
    'Run `npm run docs` and commit docs/configuration.md.',
  )
})
