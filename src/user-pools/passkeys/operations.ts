/**
 * Passkeys of users: registered while signed in, listed and deleted. Owns the tables passkeys and passkey_registrations;
 * never signs anybody in and never sees a private key. AWS: API reference, StartWebAuthnRegistration,
 * CompleteWebAuthnRegistration, ListWebAuthnCredentials, DeleteWebAuthnCredential.
 */
import { fail } from '../../wire/errors.ts'
import { page, readPage } from '../../wire/paging.ts'
import { operation, user } from '../doors.ts'
import { mostPasskeys } from './find.ts'
import { beginRegistration, completeRegistration } from './registration.ts'
import { deletePasskey, listPasskeys } from './store.ts'

export const StartWebAuthnRegistration = operation(
  'StartWebAuthnRegistration',
  user,
  async (_, { world, pool, user, token }) => ({
    CredentialCreationOptions: await beginRegistration(world, pool, user, token.session.clientId),
  }),
)

export const CompleteWebAuthnRegistration = operation(
  'CompleteWebAuthnRegistration',
  user,
  async ({ Credential }, { world, pool, user, token }) => {
    await completeRegistration(world, pool, user, token.session.clientId, Credential)
    return {}
  },
)

export const ListWebAuthnCredentials = operation(
  'ListWebAuthnCredentials',
  user,
  async ({ MaxResults, NextToken }, { world, pool, user }) => {
    const paging = { list: `ListWebAuthnCredentials ${pool.id} ${user.sub}`, seal: world.seal, now: world.now() }
    const [createdAt = 0, id = ''] = readPage(paging, NextToken) ?? []
    const limit = MaxResults || mostPasskeys
    const after = { createdAt: Number(createdAt), id: String(id) }
    const passkeys = await listPasskeys(world.db, pool.id, user.sub, limit + 1, after)
    const { rows, next } = page(paging, passkeys, limit, (passkey) => [passkey.createdAt, passkey.id])
    return {
      Credentials: rows.map((passkey) => ({
        CredentialId: passkey.id,
        FriendlyCredentialName: passkey.name,
        RelyingPartyId: passkey.rpId,
        AuthenticatorAttachment: passkey.attachment,
        AuthenticatorTransports: [...passkey.transports],
        CreatedAt: new Date(passkey.createdAt),
      })),
      NextToken: next,
    }
  },
)

export const DeleteWebAuthnCredential = operation(
  'DeleteWebAuthnCredential',
  user,
  async ({ CredentialId }, { world, pool, user }) => {
    // unproved: the sentence. Another user's passkey does not exist for this one (case 59).
    if (!(await deletePasskey(world.db, pool.id, user.sub, CredentialId)))
      fail('ResourceNotFoundException', 'Passkey does not exist.')
    return {}
  },
)

export const operations = [
  StartWebAuthnRegistration,
  CompleteWebAuthnRegistration,
  ListWebAuthnCredentials,
  DeleteWebAuthnCredential,
]
