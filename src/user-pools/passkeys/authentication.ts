/** Signing in with a passkey: what the browser is asked to sign, and whether it did. W3C WebAuthn 7.2. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { readBytes, readCredential, refuseCredential } from './credential.ts'
import { passkeysOf } from './find.ts'
import { requireRelyingParty, speaksFor, verificationOf } from './relying-party.ts'
import { advanceCounter, type Passkey, readPasskey } from './store.ts'

type Owner = { readonly sub: string }

/** A challenge in base64url: to be used once. */
export const makeChallenge = (world: World): string => world.random(32).toString('base64url')

/** PublicKeyCredentialRequestOptionsJSON. */
export async function requestOptions(world: World, pool: Pool, user: Owner, challenge: string) {
  const rpId = await requireRelyingParty(world, pool)
  const passkeys = await passkeysOf(world, pool, user)
  return {
    challenge,
    rpId,
    timeout: 180_000,
    allowCredentials: passkeys.map(({ id, transports }) => ({ type: 'public-key', id, transports: [...transports] })),
    userVerification: verificationOf(pool),
  }
}

/**
 * The passkey that signed the challenge; undefined if none of this user's did. `document` is a PublicKeyCredential in
 * JSON. Refuses with InvalidParameterException only what is none.
 */
export async function usedPasskey(
  world: World,
  pool: Pool,
  user: Owner,
  challenge: string,
  document: unknown,
): Promise<Passkey | undefined> {
  const rpId = await requireRelyingParty(world, pool)
  const credential = readCredential(document)
  const { clientData, response } = credential
  const handle = response['userHandle'] ?? undefined
  if (handle !== undefined && handle !== Buffer.from(user.sub).toString('base64url')) return undefined
  const passkey = await readPasskey(world.db, pool.id, user.sub, credential.id)
  if (!passkey || passkey.rpId !== rpId || !speaksFor(clientData.origin, rpId)) return undefined
  const signed = {
    clientDataJSON: readBytes(response, 'clientDataJSON'),
    authenticatorData: readBytes(response, 'authenticatorData'),
    signature: readBytes(response, 'signature'),
  }
  // Loaded when somebody has a passkey: the library takes its megabytes.
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        ...{ id: passkey.id, rawId: passkey.id, type: 'public-key', clientExtensionResults: {} },
        response: signed,
      },
      expectedChallenge: challenge,
      expectedOrigin: clientData.origin,
      expectedRPID: rpId,
      requireUserVerification: verificationOf(pool) === 'required',
      credential: {
        id: passkey.id,
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
        counter: passkey.counter,
      },
    })
    // A counter that another answer has moved meanwhile is a copy of the authenticator, as one that went back is.
    const advanced =
      verified && (await advanceCounter(world.db, pool.id, user.sub, passkey.id, authenticationInfo.newCounter))
    return advanced ? passkey : undefined
  } catch (error) {
    world.log.info({ err: error, pool: pool.id }, 'A passkey was refused.')
    return undefined
  }
}

/** RFC 8176: a key of the device itself, or of one that is carried. As the browser said when the passkey was made. */
export const proofOf = ({ attachment, transports }: Passkey): 'swk' | 'hwk' =>
  attachment === 'cross-platform' || (attachment === undefined && !transports.includes('internal')) ? 'hwk' : 'swk'

/** The JSON text that challenge answers carry. */
export function readDocument(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return refuseCredential('no JSON')
  }
}
