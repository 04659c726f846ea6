/** What holds for every operation of IAM over the wire: the wrong type and the wrong value are refused in AWS's words, strangers are too. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as iamClient from '@aws-sdk/client-iam'
import { services } from '../../src/app.ts'
import { model, shapeName } from '../../src/wire/model.ts'
import { assume, makeRole } from '../support/roles.ts'
import { type Clients, startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let nobody: Clients
before(async () => {
  server = await startTestServer()
  nobody = await assume(server, server.clients, await makeRole(server.clients, 'Nobody'))
})
after(() => server.close())

type Send = (command: unknown) => Promise<unknown>

const described = model('iam')
const names = [...(services['iam']?.operations.keys() ?? [])]
const commandOf = (name: string, input: object) => {
  const Command = (iamClient as unknown as Record<string, new (input: object) => unknown>)[`${name}Command`]
  assert.ok(Command, name)
  return new Command(input)
}
const inputOf = (name: string) => described.shapes[described.operations[name]?.input ?? '']

/** A value that breaks a rule of the shape, or undefined where everything is allowed. */
function broken(shape: string): unknown {
  const { type, enum: values, max, min, pattern, member } = described.shapes[shape] ?? {}
  if (values) return 'neither'
  if (type === 'string' && pattern !== undefined) return '\u0001'.repeat(Math.max(1, min ?? 1))
  if (type === 'string' && max !== undefined && max < 100_000) return 'x'.repeat(max + 1)
  if (type === 'integer' && min !== undefined) return min - 1
  if (type === 'list' && member !== undefined) {
    const item = broken(member)
    return item === undefined ? undefined : [item]
  }
  return undefined
}

/** Something of the right form for what an operation demands. */
const samples: Readonly<Record<string, unknown>> = {
  AuthenticationCode1: '000000',
  AuthenticationCode2: '111111',
  AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA',
  Status: 'Active',
  SerialNumber: 'arn:aws:iam::000000000000:mfa/none',
  AccountAlias: 'some-alias',
  Url: 'https://example.com',
  SAMLMetadataDocument: 'x'.repeat(1000),
  VersionId: 'v1',
  Tags: [],
  TagKeys: [],
  ThumbprintList: [],
  ActionNames: ['s3:GetObject'],
  DelegationRequestId: 'dr-00000000000000000000000000000000',
  Permissions: { PolicyTemplateArn: 'arn:aws:iam::000000000000:policy/none' },
  SessionDuration: 900,
  JobId: '00000000-0000-4000-8000-000000000000',
  ServiceNamespaces: ['s3'],
  SSHPublicKeyId: 'APKAAAAAAAAAAAAAAAAAA',
  CertificateId: 'A'.repeat(32),
  Encoding: 'SSH',
  PolicyInputList: [],
}
const sample = (member: string) =>
  samples[member] ?? (/Arn$|^PermissionsBoundary$/.test(member) ? 'arn:aws:iam::000000000000:policy/none' : 'something')

describe('every operation of IAM', () => {
  for (const name of names) {
    const shape = inputOf(name)
    const required = shape?.required ?? []

    if (required.length > 0) {
      test(`${name} refuses a call without what it demands`, async () => {
        const count = `${required.length} validation error${required.length > 1 ? 's' : ''} detected: `
        await assert.rejects((server.clients.iam.send as unknown as Send)(commandOf(name, {})), (error: Error) => {
          assert.equal(error.name, 'ValidationError')
          assert.ok(error.message.startsWith(count), error.message)
          return true
        })
      })
    }

    for (const [member, ref] of Object.entries(shape?.members ?? {})) {
      const wrong = broken(shapeName(ref))
      if (wrong === undefined) continue
      test(`${name} refuses a wrong ${member}`, async () => {
        const rest = Object.fromEntries(required.map((one) => [one, sample(one)]))
        const input = { ...rest, [member]: wrong }
        await assert.rejects((server.clients.iam.send as unknown as Send)(commandOf(name, input)), {
          name: 'ValidationError',
          message: /^1 validation error detected: /,
        })
      })
    }

    test(`${name} is denied to whom no policy allows it, and tells them nothing`, async () => {
      const input = Object.fromEntries(required.map((one) => [one, sample(one)]))
      // Where the name may be left out it is the caller's, and a role session has none.
      if (shape?.members?.['UserName'] && input['UserName'] === undefined) input['UserName'] = 'something'
      const expected = name === 'ChangePassword' ? { name: 'InvalidUserTypeException' } : { name: /^AccessDenied/ }
      await assert.rejects((nobody.iam.send as unknown as Send)(commandOf(name, input)), (error: Error) => {
        if (typeof expected.name === 'string') assert.equal(error.name, expected.name)
        else {
          assert.match(error.name, expected.name)
          assert.ok(error.message.includes(`is not authorized to perform: iam:${name}`), error.message)
        }
        return true
      })
    })
  }
})
