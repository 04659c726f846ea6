import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSocialProviders } from './social-settings.ts'

const refused = (setting: string, sentence: RegExp) => assert.throws(() => readSocialProviders(setting), sentence)

test('social providers elsewhere are read from JSON, and a mistake is told in a sentence', () => {
  assert.deepEqual(readSocialProviders(undefined), {})
  assert.deepEqual(readSocialProviders('{"Google":{"token_url":"http://localhost:1/t"}}'), {
    Google: { token_url: 'http://localhost:1/t' },
  })
  refused('nothing.json', /nothing.json: there is no such file/)
  refused('{', /is no JSON/)
  refused('{"Twitter":{}}', /'Twitter' is none of Google, Facebook/)
  refused('{"constructor":{}}', /'constructor' is none of/)
  refused('{"Google":"x"}', /Google: must be an object/)
  refused('{"Google":{"client_secret":"x"}}', /'client_secret' is none of/)
  refused('{"Google":{"token_url":"file:///etc/passwd"}}', /must be an http or https URL/)
})
