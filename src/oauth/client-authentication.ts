/** Which client asks, and the proof of it: client_secret_basic, client_secret_post, or a public client's id. RFC 6749 2.3. */
import type { Client } from '../user-pools/clients/client.ts'
import { findClient } from '../user-pools/clients/find.ts'
import { holdsSecret } from '../user-pools/clients/secrets.ts'
import type { Parameters } from './parameters.ts'
import { refuse } from './refusals.ts'
import type { Site } from './site.ts'

/** `status` is 400 at the token endpoint and 401 at revocation, as AWS has it. */
export async function authenticateClient({ world, pool, call }: Site, form: Parameters, status = 400): Promise<Client> {
  const refuseClient = (description?: string) => refuse('invalid_client', description, { status })
  const header = call.headers['authorization']
  const basic = header === undefined ? undefined : (readBasic(header) ?? refuseClient())
  const [postedId, postedSecret] = [form.get('client_id'), form.get('client_secret')]
  // RFC 6749 2.3: one method for each request; and not two ids.
  if (basic && (postedSecret !== undefined || (postedId !== undefined && postedId !== basic.id)))
    refuse('invalid_request')
  const id = basic?.id ?? postedId
  if (id === undefined) return refuse('invalid_request')
  const found = id.length <= 128 ? await findClient(world, id) : undefined
  if (found?.pool.id !== pool.id) return refuseClient()
  const { client } = found
  const secret = basic ? basic.secret : postedSecret
  // RFC 6749 2.3.1 has Basic's two halves form-encoded; AWS's own clients send them as they are. Either is right.
  const forms = [secret || undefined, ...(basic ? [basic.decoded] : [])]
  if (!forms.some((one) => holdsSecret(client, one))) {
    return refuseClient(client.secrets.length > 0 ? 'invalid_client_secret' : undefined)
  }
  return client
}

type Basic = { id: string; secret: string; decoded: string | undefined }

/** RFC 7617; undefined for whatever is no Basic header. */
function readBasic(header: string): Basic | undefined {
  const [, encoded] = /^basic +([a-z0-9+/_-]+=*) *$/i.exec(header) ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString()
  const mark = text.indexOf(':')
  if (mark <= 0) return undefined
  const secret = text.slice(mark + 1)
  return { id: text.slice(0, mark), secret, decoded: formDecode(secret) }
}

function formDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replace(/\+/g, ' ')) || undefined
  } catch {
    return undefined
  }
}
