/** The paths of a domain that programs and redirects use; the pages that people see are in src/pages/. */
import { AwsError } from '../wire/errors.ts'
import type { Answer } from '../wire/http.ts'
import { authorize } from './authorize.ts'
import { answerPreflight, anyOrigin } from './cors.ts'
import { deviceAuthorization } from './device-authorization.ts'
import { introspect } from './introspect.ts'
import { logout } from './logout.ts'
import { par } from './pushed-request.ts'
import { OAuthError } from './refusals.ts'
import { revoke } from './revoke.ts'
import type { Endpoint } from './site.ts'
import { token } from './token.ts'
import { callback } from './upstream/callback.ts'
import { samlResponse } from './upstream/saml.ts'
import { samlLogout } from './upstream/saml-logout-request.ts'
import { samlMetadata } from './upstream/saml-metadata.ts'
import { userInfo } from './user-info.ts'

/** What a rule of the API refuses: a body too long, a function of the pool's that failed. unproved: AWS's error. */
const toOAuth = ({ message, status }: AwsError) => new OAuthError('invalid_request', message, { status: status ?? 400 })

/** Pages of any origin may ask, read refusals, and ask beforehand whether they may. */
const open =
  (endpoint: Endpoint): Endpoint =>
  async (site): Promise<Answer> => {
    if (site.call.method === 'OPTIONS') return answerPreflight(site.call)
    try {
      return await endpoint(site)
    } catch (error) {
      const known = error instanceof AwsError ? toOAuth(error) : error
      if (!(known instanceof OAuthError)) throw error
      const { code, description, status, headers } = known
      throw new OAuthError(code, description, { status, headers: { ...anyOrigin, ...headers } })
    }
  }

/** What programs ask, from any origin: their answers are JSON. */
const forPrograms: Readonly<Record<string, Endpoint>> = {
  '/oauth2/token': token,
  '/oauth2/userInfo': userInfo,
  '/oauth2/revoke': revoke,
  '/oauth2/par': par,
  '/oauth2/device_authorization': deviceAuthorization,
  '/oauth2/introspect': introspect,
}

export const isForPrograms = (path: string): boolean => Object.hasOwn(forPrograms, path)

export const endpoints: Readonly<Record<string, Endpoint>> = {
  ...Object.fromEntries(Object.entries(forPrograms).map(([path, endpoint]) => [path, open(endpoint)])),
  '/oauth2/authorize': authorize,
  '/oauth2/idpresponse': callback,
  '/logout': logout,
  '/saml2/idpresponse': samlResponse,
  '/saml2/logout': samlLogout,
  '/saml2/metadata': samlMetadata,
}
