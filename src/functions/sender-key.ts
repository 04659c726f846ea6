/** The key that stands in for a KMS key: codes for custom senders are encrypted under it, and their functions are given it. */
import type { Seal } from '../protocols/seal.ts'

/** The namespace of the raw AES keyring that opens the codes; the key's name in it is the pool's KMSKeyID. */
export const keyNamespace = 'poolhouse'

/** 32 bytes, one key for each KMSKeyID, the same on every node: derived from the master key. */
export const senderKey = (seal: Seal, keyId: string): Buffer => seal.mac('sender-key', keyId)

/** What a sender function finds in its environment. */
export const senderKeyVariables = (seal: Seal, keyId: string): Record<string, string> => ({
  POOLHOUSE_SENDER_KEY: senderKey(seal, keyId).toString('base64'),
  POOLHOUSE_SENDER_KEY_NAME: keyId,
  POOLHOUSE_SENDER_KEY_NAMESPACE: keyNamespace,
})
