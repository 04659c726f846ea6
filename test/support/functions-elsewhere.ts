/** Functions elsewhere: a sender that keeps its events and opens codes with AWS's Encryption SDK, and a small Lambda. */
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

export type Handler = (event: unknown, context: object, done: (error: unknown, result?: unknown) => void) => void

/** A handler behind Lambda's Invoke API, as SAM local serves it, and behind plain HTTP for every other path. */
export async function startLambda(handler: Handler) {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const invoke = /^\/2015-03-31\/functions\/[^/]+\/invocations/.test(request.url ?? '')
      handler(JSON.parse(Buffer.concat(parts).toString()), {}, (error, result) => {
        if (!error) return response.end(JSON.stringify(result))
        const thrown = JSON.stringify({ errorMessage: (error as Error).message, errorType: 'Error' })
        if (invoke) return response.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end(thrown)
        return response.writeHead(500).end(thrown)
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
