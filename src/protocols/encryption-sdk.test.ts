import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import {
  buildDecrypt,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import { encryptMessage } from './encryption-sdk.ts'

const bytes = randomBytes(32)
const name = 'arn:aws:kms:us-east-1:000000000000:key/one'
const keyring = (unencryptedMasterKey: Uint8Array) =>
  new RawAesKeyringNode({
    keyName: name,
    keyNamespace: 'poolhouse',
    unencryptedMasterKey: Uint8Array.from(unencryptedMasterKey),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  })
const make = (text: string, context: Record<string, string> = { 'userpool-id': 'us-east-1_a', b: 'é' }) =>
  encryptMessage(Buffer.from(text), { namespace: 'poolhouse', name, bytes }, context, randomBytes)

for (const policy of Object.values(CommitmentPolicy).filter((one) => /DECRYPT$/.test(one)))
  test(`AWS's own client reads the message under ${policy}`, async () => {
    const { decrypt } = buildDecrypt(policy)
    for (const text of ['123456', '', 'x'.repeat(4096), 'pässwörd']) {
      const { plaintext, messageHeader } = await decrypt(keyring(bytes), make(text))
      assert.equal(plaintext.toString(), text)
      assert.equal(messageHeader.encryptionContext['userpool-id'], 'us-east-1_a')
    }
  })

test('a message without context is read', async () => {
  const { plaintext } = await buildDecrypt().decrypt(keyring(bytes), make('1', {}))
  assert.equal(plaintext.toString(), '1')
})

test('another key, or a changed byte anywhere, and it is not read', async () => {
  const { decrypt } = buildDecrypt()
  await assert.rejects(decrypt(keyring(randomBytes(32)), make('123456')))
  const message = make('123456')
  for (let at = 0; at < message.length; at += 7) {
    const changed = Buffer.from(message)
    changed.writeUInt8((changed[at] as number) ^ 1, at)
    await assert.rejects(decrypt(keyring(bytes), changed), `byte ${at}`)
  }
})
