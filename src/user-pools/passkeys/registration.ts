/** Registering a passkey: what the browser is asked to make, and what it made. W3C WebAuthn 7.1. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { usernameIs } from '../pools/identifiers.ts'
import type { Pool } from '../pools/pool.ts'
import type { User } from '../users/user.ts'
import { type Credential, readBytes, readCredential, refuseCredential } from './credential.ts'
import { mostPasskeys } from './find.ts'
import { nameOf } from './names.ts'
import { requireRelyingParty, speaksFor, verificationOf } from './relying-party.ts'
import { insertPasskey, listPasskeys, type Passkey, takeRegistration, writeRegistration } from './store.ts'

/** ES256 and RS256. AWS: Developer Guide, "Passkey sign-in". */
export const algorithms = [-7, -257] as const

/** How long the browser waits for the person, and we for the browser. */
const patience = 5 * 60_000

const transports = ['usb', 'nfc', 'ble', 'internal', 'hybrid']

/** PublicKeyCredentialCreationOptionsJSON of a challenge that is kept until it is answered or replaced. */
export async function beginRegistration(world: World, pool: Pool, user: User, clientId: string) {
  const rpId = await requireRelyingParty(world, pool)
  const present = await listPasskeys(world.db, pool.id, user.sub, mostPasskeys)
  if (present.length >= mostPasskeys) refuseMore()
  const challenge = world.random(32).toString('base64url')
  await writeRegistration(world.db, pool.id, user.sub, {
    ...{ challenge, clientId, rpId },
    expiresAt: world.now() + patience,
  })
  const name = nameFor(pool, user)
  return {
    rp: { id: rpId, name: rpId },
    // Not the name: an authenticator shows this to whoever asks. W3C WebAuthn 14.6.1.
    user: { id: Buffer.from(user.sub).toString('base64url'), name, displayName: name },
    challenge,
    pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
    timeout: patience,
    excludeCredentials: present
      .filter((passkey) => passkey.rpId === rpId)
      .map(({ id, transports }) => ({ type: 'public-key', id, transports: [...transports] })),
    authenticatorSelection: {
      requireResidentKey: true,
      residentKey: 'required',
      userVerification: verificationOf(pool),
    },
    attestation: 'none',
  }
}

/** In pools whose users sign in with an address the username is a UUID, which tells a person nothing. */
const nameFor = (pool: Pool, { username, attributes }: User): string =>
  usernameIs(pool) === 'free' ? username : (attributes['email'] ?? attributes['phone_number'] ?? username)

// unproved: the sentences of all refusals below; the codes are the model's.
const refuseMore = (): never => fail('LimitExceededException', `A user cannot have more than ${mostPasskeys} passkeys.`)
const refuseUnsupported = (detail: string): never =>
  fail('WebAuthnCredentialNotSupportedException', 'The passkey is of an unsupported kind.', { detail })

/** Keeps the passkey that the browser made. The challenge is used up, whatever comes of it. */
export async function completeRegistration(
  world: World,
  pool: Pool,
  user: User,
  clientId: string,
  document: unknown,
): Promise<void> {
  await requireRelyingParty(world, pool)
  const credential = readCredential(document)
  const { type, challenge, origin } = credential.clientData
  if (type !== 'webauthn.create') refuseCredential('not made by a registration')
  const begun = await takeRegistration(world.db, pool.id, user.sub, challenge, world.now())
  if (!begun) {
    return fail('WebAuthnChallengeNotFoundException', 'The challenge of this registration is unknown or has expired.')
  }
  if (begun.clientId !== clientId) {
    fail('WebAuthnClientMismatchException', 'The registration was begun through another app client.')
  }
  if (!speaksFor(origin, begun.rpId)) {
    fail('WebAuthnOriginNotAllowedException', 'The origin of the passkey does not belong to the relying party.')
  }
  const passkey = await verify(world, pool, user, credential, begun.rpId)
  const inserted = await world.db.transaction(async (db) => {
    const present = await listPasskeys(db, pool.id, user.sub, mostPasskeys)
    if (present.length >= mostPasskeys) refuseMore()
    return insertPasskey(db, pool.id, passkey)
  })
  // W3C WebAuthn 7.1 step 26: an id that is known already, be it this user's or another's, is refused.
  if (!inserted) refuseCredential('the id is registered')
}

/** What the library checks after us; the checks before it are those that AWS has a code for. */
async function verify(world: World, pool: Pool, user: User, credential: Credential, rpId: string): Promise<Passkey> {
  const attestationObject = readBytes(credential.response, 'attestationObject')
  await checkParty(attestationObject, rpId)
  const given = credential.response['transports']
  const known = Array.isArray(given) ? transports.filter((one) => given.includes(one)) : []
  const response: RegistrationResponseJSON = {
    id: credential.id,
    rawId: credential.id,
    type: 'public-key',
    clientExtensionResults: {},
    response: { clientDataJSON: readBytes(credential.response, 'clientDataJSON'), attestationObject },
  }
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const result = await verifyRegistrationResponse({
    response,
    expectedChallenge: credential.clientData.challenge,
    expectedOrigin: credential.clientData.origin,
    expectedRPID: rpId,
    requireUserVerification: verificationOf(pool) === 'required',
    supportedAlgorithmIDs: [...algorithms],
  }).catch((error: unknown) => refuseUnsupported(error instanceof Error ? error.message : String(error)))
  if (!result.verified) return refuseUnsupported('the attestation does not verify')
  const { credential: made, aaguid } = result.registrationInfo
  if (made.id !== credential.id) return refuseCredential('the id is not the one attested')
  return {
    id: made.id,
    sub: user.sub,
    publicKey: Buffer.from(made.publicKey).toString('base64url'),
    counter: made.counter,
    rpId,
    name: nameOf(aaguid),
    transports: known,
    attachment: ['platform', 'cross-platform'].find((one) => one === credential.attachment),
    createdAt: world.now(),
  }
}

/** Refuses a passkey of another relying party, and of an algorithm that was not asked for. */
async function checkParty(attestationObject: string, rpId: string): Promise<void> {
  const { rpIdHash, algorithm } = await readAttestation(attestationObject)
  if (!timingSafeEqual(rpIdHash, createHash('sha256').update(rpId).digest())) {
    fail('WebAuthnRelyingPartyMismatchException', 'The passkey was made for another relying party.')
  }
  if (!algorithms.some((one) => one === algorithm)) refuseUnsupported(`algorithm ${algorithm}`)
}

async function readAttestation(attestationObject: string) {
  const { cose, decodeAttestationObject, decodeCredentialPublicKey, isoBase64URL, parseAuthenticatorData } =
    await import('@simplewebauthn/server/helpers')
  try {
    const read = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject))
    const { rpIdHash, credentialPublicKey } = parseAuthenticatorData(read.get('authData'))
    const algorithm = credentialPublicKey && decodeCredentialPublicKey(credentialPublicKey).get(cose.COSEKEYS.alg)
    return { rpIdHash, algorithm }
  } catch (error) {
    return refuseCredential(error instanceof Error ? error.message : 'unreadable')
  }
}
