/** A service of AWS's Query protocol in the gateway: a form in, XML out. */
import type { Wanted } from '../../iam/authorize.ts'
import { refuse } from '../../wire/aws-query.ts'
import { AwsError, fail } from '../../wire/errors.ts'
import { formText, readForm } from '../../wire/form.ts'
import type { Answer, Call } from '../../wire/http.ts'
import type { ResourceService, UpstreamServer, World } from '../../world.ts'
import { type Asking, type Denying, isOnePlace, permit, readAsking } from './asking.ts'
import { notSetUp, whole } from './json-service.ts'
import { answerHeaders, isSignature, pass, passAnswer, readAnswer } from './pass.ts'

export type Form = ReadonlyMap<string, string>

export type QueryPlan = {
  readonly wanted: readonly Wanted[]
  readonly server: UpstreamServer | undefined
  /** What is sent on, printed anew. */
  readonly form: Form
  readonly path?: string
  readonly rewrite?: (xml: string) => string
}

export type QueryService = {
  readonly service: ResourceService
  readonly mostBytes: number
  readonly denying: Denying
  plan(asking: Asking, action: string, form: Form): QueryPlan
}

const type = 'application/x-www-form-urlencoded; charset=utf-8'
const mostAnswerBytes = 8 * 1024 * 1024

/** What comes twice could mean one thing here and another behind: it is refused. A link's own signature ends here. */
function readOnce(text: string): Form {
  const form = new Map<string, string>()
  for (const [name, value] of readForm(text)) {
    if (isSignature(name)) continue
    if (form.has(name)) fail('MalformedInput', `The parameter ${name.slice(0, 80)} comes twice.`)
    form.set(name, value)
  }
  return form
}

export const refuseQueryService = (call: Call, error: AwsError): Answer => refuse(undefined, call, error)

export async function answerQueryService(
  service: QueryService,
  world: World,
  call: Call,
  note: (operation: string) => void,
): Promise<Answer> {
  try {
    const asking = await readAsking(world, call, { ...service, style: 'query' })
    const form = readOnce(call.method === 'GET' ? call.query : formText(asking.body))
    const action = form.get('Action') ?? ''
    note(`${service.service}:${action.slice(0, 80)}`)
    const plan = service.plan(asking, action, form)
    const { server, path = '/', rewrite } = plan
    await permit(asking, plan.wanted, service.denying, server !== undefined && isOnePlace(server))
    if (!server) return notSetUp(service.service)
    const body = Buffer.from(new URLSearchParams([...plan.form]).toString())
    const sent = { method: 'POST', path, headers: { 'content-type': type }, body, whenGone: call.whenGone }
    const incoming = await pass(world, { server, service: service.service, region: asking.region }, sent)
    const open = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'x-amzn-RequestId,Date' }
    if (!rewrite || incoming.statusCode !== 200) {
      const answer = passAnswer(incoming, 'POST')
      return { ...answer, headers: { ...answer.headers, ...open } }
    }
    const text = rewrite((await whole(readAnswer(incoming, mostAnswerBytes))).toString())
    const { 'content-length': _, ...headers } = answerHeaders(incoming)
    return { status: 200, headers: { ...headers, ...open }, body: text }
  } catch (error) {
    if (error instanceof AwsError) return refuse(undefined, call, error, world.settings.dev)
    throw error
  }
}
