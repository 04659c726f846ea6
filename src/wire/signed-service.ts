/** For whom a call is signed, before anybody has checked that it is: by this name routes are chosen, and nothing else. */
import type { Call } from './http.ts'

/** The service named in the credential scope of a header or a presigned query; undefined without a signature. */
export function signedService({ headers, query }: Pick<Call, 'headers' | 'query'>): string | undefined {
  const header = /Credential=[^,\s]+/.exec(headers.authorization ?? '')?.[0]
  const credential = header ?? /(?:^|&)X-Amz-Credential=([^&]*)/.exec(query)?.[1]
  return credential && decoded(credential).split('/').at(-2)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
