/** A visit by somebody who is signed in, to what is theirs. */
import type { SignedIn } from '../user-pools/authorizations/browser.ts'
import type { Html } from './html.ts'
import type { Visit } from './page.ts'

/** With what lets the pages act for them. */
export type OwnVisit = Visit & { readonly here: SignedIn; readonly accessToken: string }

/** Makes a form that asks for one act. */
export type FormOf = (act: string, content: Html) => Html

/** One of the API's own operations, as the visitor. */
export const ask = async <Output>(
  { site, api, accessToken }: OwnVisit,
  operation: string,
  input: object = {},
): Promise<Output> => (await api(site, operation, { AccessToken: accessToken, ...input })) as Output
