/** Who is here: a person with three tokens, or a guest; and the temporary credentials that either gets. */
import { fetchAuthSession, signOut } from 'aws-amplify/auth'

export type Credentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

export type Claims = Readonly<Record<string, unknown>>

export type Session = {
  /** The folder's name. */
  readonly identityId: string
  readonly credentials: Credentials
  /** Undefined for guests. */
  readonly user: { readonly email: string; readonly idToken: Claims; readonly accessToken: Claims } | undefined
}

/** Amplify answers from its cache, and renews tokens and credentials when they are due. */
export async function readSession(): Promise<Session> {
  const { tokens, credentials, identityId } = await fetchAuthSession()
  if (!credentials || !identityId) throw new Error('The identity pool gave no credentials.')
  const idToken = tokens?.idToken?.payload
  return {
    identityId,
    credentials,
    user: tokens &&
      idToken && { email: String(idToken['email'] ?? ''), idToken, accessToken: tokens.accessToken.payload },
  }
}

/** Revokes the refresh token and forgets everything this browser knows of the person. */
export const leave = (): Promise<void> => signOut()
