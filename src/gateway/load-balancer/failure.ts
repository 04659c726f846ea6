/** How a sign-in fails: the load balancer's status codes with their pages, and the reasons of its access log. */
import type { Answer } from '../../wire/http.ts'
import { STATUS_CODES } from '../../wire/node-http.ts'

/** AWS: "Access logs for your Application Load Balancer", error reason codes. */
export type Reason =
  | 'AuthInvalidCookie'
  | 'AuthInvalidGrantError'
  | 'AuthInvalidIdToken'
  | 'AuthInvalidStateParam'
  | 'AuthInvalidTokenResponse'
  | 'AuthInvalidUserinfoResponse'
  | 'AuthMissingCodeParam'
  | 'AuthMissingHostHeader'
  | 'AuthMissingStateParam'
  | 'AuthTokenEpRequestFailed'
  | 'AuthTokenEpRequestTimeout'
  | 'AuthUnhandledException'
  | 'AuthUserinfoEpRequestFailed'
  | 'AuthUserinfoEpRequestTimeout'
  | 'AuthUserinfoResponseSizeExceeded'

/** A sign-in that cannot go on; `detail` is for the log. */
export class SignInError extends Error {
  override readonly name = 'SignInError'
  readonly status: number
  readonly reason: Reason
  constructor(status: number, reason: Reason, detail = '') {
    super(detail)
    this.status = status
    this.reason = reason
  }
}

/** What AWS's own codes are called; the others have their usual names. */
const ownNames: Readonly<Record<number, string>> = {
  463: 'Bad Request',
  464: 'Incompatible Protocol',
  561: 'Authentication Error',
}

/** unproved: the exact text of the pages; the form is that of the load balancer's 502 and 503. */
export function errorPage(status: number): Answer {
  const title = `${status} ${ownNames[status] ?? STATUS_CODES[status] ?? 'Error'}`
  return {
    status,
    headers: { server: 'awselb/2.0', 'content-type': 'text/html; charset=utf-8' },
    body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
  }
}
