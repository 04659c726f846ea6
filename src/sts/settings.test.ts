import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLoginProviders } from './settings.ts'

test('login providers are read by their names, and nothing that could be mistaken is taken', () => {
  assert.deepEqual(readLoginProviders(undefined), {})
  const written = { 'accounts.google.com': { jwksUri: 'http://localhost:1/keys' } }
  assert.deepEqual(readLoginProviders(JSON.stringify(written)), written)
  const refuses = (setting: string, why: RegExp) => assert.throws(() => readLoginProviders(setting), why)
  refuses('[]', /--login-providers: must be an object/)
  refuses('{', /is no JSON/)
  refuses('/no/such/file', /there is no such file/)
  refuses('{"x":"http://y"}', /x: must be an object/)
  refuses('{"x":{"keys":"http://y"}}', /'keys' is none of issuer, jwksUri, url/)
  refuses('{"x":{"issuer":1}}', /'issuer' must be a text/)
  refuses('{"x":{"issuer":"file:///etc/passwd"}}', /must be an http or https URL/)
})
