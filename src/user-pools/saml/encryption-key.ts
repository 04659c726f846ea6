/** The key pair that an identity provider encrypts its assertions for: one for each provider, as AWS has it. */
import { selfSigned } from '../../protocols/certificate.ts'
import { generateRsaPair } from '../../protocols/rsa.ts'
import type { World } from '../../world.ts'
import { deleteEncryptionKey, insertEncryptionKey, readEncryptionKey } from './store.ts'

type Place = { readonly poolId: string; readonly name: string }

export type EncryptionKey = {
  /** PKCS #8. */
  readonly privatePem: string
  /** Base64 of DER: AWS's ActiveEncryptionCertificate. */
  readonly certificate: string
}

const purpose = 'saml-encryption-key'
/** As the signing certificate's. unproved: AWS does not tell the life of this one. */
const years = 10

/** The provider's key, made when it is first asked for. */
export async function encryptionKey(world: World, { poolId, name }: Place): Promise<EncryptionKey> {
  const bound = `${poolId}/${name}`
  const stored = (await readEncryptionKey(world.db, poolId, name)) ?? (await makeKey(world, { poolId, name }, bound))
  const pem = world.seal.open(purpose, stored.sealedPrivate, bound)
  if (!pem) throw new Error(`The SAML encryption key of ${bound} was sealed under another master key.`)
  return { privatePem: pem.toString(), certificate: stored.certificate }
}

async function makeKey(world: World, { poolId, name }: Place, bound: string) {
  const now = world.now()
  const { privatePem } = await generateRsaPair()
  const until = new Date(now).setUTCFullYear(new Date(now).getUTCFullYear() + years)
  const subject = { name: poolId, serial: world.random(16), from: now, until, use: 'encrypt' } as const
  const certificate = (await selfSigned(privatePem, subject)).toString('base64')
  const sealedPrivate = world.seal.seal(purpose, privatePem, bound)
  await insertEncryptionKey(world.db, poolId, name, { sealedPrivate, certificate }, now)
  const kept = await readEncryptionKey(world.db, poolId, name)
  if (!kept) throw new Error(`The SAML encryption key of ${bound} was not kept.`)
  return kept
}

/** A provider that is made anew under the same name has a key of its own. */
export const forgetEncryptionKey = (world: Pick<World, 'db'>, { poolId, name }: Place): Promise<void> =>
  deleteEncryptionKey(world.db, poolId, name)
