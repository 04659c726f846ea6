/** The key pair that signs a pool's SAML requests, made when it is first asked for, with its certificate. */
import { selfSigned } from '../../protocols/certificate.ts'
import { generateRsaPair } from '../../protocols/rsa.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { insertSamlKey, readSamlKey } from './store.ts'

export type SamlKey = {
  /** PKCS #8. */
  readonly privatePem: string
  /** Base64 of DER, as it stands in metadata and in AWS's answer. */
  readonly certificate: string
}

const purpose = 'saml-key'

/** AWS: Developer Guide, "Signing SAML requests": the certificate is good for ten years. */
const years = 10

/** The pool's key; several nodes may make the first one together, and all get the same. */
export async function samlKey(world: World, { id }: Pick<Pool, 'id'>): Promise<SamlKey> {
  const stored = (await readSamlKey(world.db, id)) ?? (await makeKey(world, id))
  const pem = world.seal.open(purpose, stored.sealedPrivate, id)
  if (!pem) throw new Error(`The SAML key of the pool ${id} was sealed under another master key.`)
  return { privatePem: pem.toString(), certificate: stored.certificate }
}

async function makeKey(world: World, id: string) {
  const now = world.now()
  const { privatePem } = await generateRsaPair()
  // unproved: what AWS calls the subject; nobody checks the name of a pinned certificate.
  const until = new Date(now).setUTCFullYear(new Date(now).getUTCFullYear() + years)
  const certificate = await selfSigned(privatePem, { name: id, serial: world.random(16), from: now, until })
  const sealedPrivate = world.seal.seal(purpose, privatePem, id)
  await insertSamlKey(world.db, id, { sealedPrivate, certificate: certificate.toString('base64') }, now)
  const kept = await readSamlKey(world.db, id)
  if (!kept) throw new Error(`The SAML key of the pool ${id} was not kept.`)
  return kept
}
