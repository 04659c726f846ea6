/** A sender function over HTTP: keeps the events it is posted, and opens codes with AWS's Encryption SDK. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  buildDecrypt,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import type { CustomEmailSenderTriggerEvent } from 'aws-lambda'
import { senderKeyVariables } from '../../src/functions/sender-key.ts'
import type { Seal } from '../../src/protocols/seal.ts'

export async function startReceiver() {
  const events: CustomEmailSenderTriggerEvent[] = []
  let arrived = () => {}
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (part: string) => {
      text += part
    })
    request.on('end', () => {
      events.push(JSON.parse(text))
      arrived()
      response.end(text)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    /** The oldest event not taken yet; waits for it. */
    async next(): Promise<CustomEmailSenderTriggerEvent> {
      for (;;) {
        const event = events.shift()
        if (event) return event
        await new Promise<void>((resolve) => {
          arrived = resolve
        })
      }
    },
    /** As a sender function does with the variables in its environment. AWS: "Custom email sender Lambda trigger". */
    async open(code: string | null | undefined, seal: Seal, keyId: string) {
      const variables = senderKeyVariables(seal, keyId)
      const keyring = new RawAesKeyringNode({
        keyName: variables['POOLHOUSE_SENDER_KEY_NAME'] as string,
        keyNamespace: variables['POOLHOUSE_SENDER_KEY_NAMESPACE'] as string,
        unencryptedMasterKey: Uint8Array.from(Buffer.from(variables['POOLHOUSE_SENDER_KEY'] as string, 'base64')),
        wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
      })
      const { decrypt } = buildDecrypt(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
      const { plaintext, messageHeader } = await decrypt(keyring, Buffer.from(code ?? '', 'base64'))
      return { text: plaintext.toString(), context: messageHeader.encryptionContext }
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
