/** SQS in AWS's Query protocol, as SDKs spoke it until 2023: the queue stands in the path or in the form. */
import { fail } from '../../wire/errors.ts'
import { escapeXml } from '../../wire/xml.ts'
import { serverArn } from '../forward/arns.ts'
import type { Asking } from '../forward/asking.ts'
import type { Form, QueryPlan, QueryService } from '../forward/query-service.ts'
import { formTagKeys } from '../forward/tag-keys.ts'
import { findUpstream } from '../forward/upstreams.ts'
import { namedQueue, operations, ownUrl, queueByArn, queueOf, serverPath, serverUrl, wantedOf } from './names.ts'

const ownUrls =
  ({ world }: Asking) =>
  (xml: string): string =>
    xml.replace(
      /<QueueUrl>([^<]*)<\/QueueUrl>/g,
      (_, url: string) => `<QueueUrl>${escapeXml(ownUrl(world, url))}</QueueUrl>`,
    )

function plan(asking: Asking, action: string, form: Form): QueryPlan {
  const by = Object.hasOwn(operations, action) ? operations[action] : undefined
  const rewrite = ownUrls(asking)
  const { upstreams } = asking.world.settings
  if (by === 'prefix') {
    const server =
      findUpstream(upstreams, 'sqs', form.get('QueueNamePrefix')) ?? findUpstream(upstreams, 'sqs', undefined)
    return { wanted: [{ action: 'sqs:ListQueues', resource: '*' }], server, form, rewrite }
  }
  if (by === 'source') {
    const queue = queueByArn(asking, form.get('SourceArn') ?? '')
    const sent = new Map(form).set('SourceArn', serverArn(asking, 'sqs', queue))
    return { wanted: [wantedOf(action, queue)], server: queue.server, form: sent }
  }
  if (by === 'name') {
    const queue = namedQueue(asking, form.get('QueueName'))
    const sent = new Map(form)
    sent.delete('QueueOwnerAWSAccountId')
    return {
      wanted: [{ ...wantedOf(action, queue), more: formTagKeys(form) }],
      server: queue.server,
      form: sent,
      rewrite,
    }
  }
  if (by === undefined) return fail('InvalidAction', `Poolhouse does not have sqs:${action}.`, { status: 400 })
  const queue = queueOf(asking, form.get('QueueUrl') ?? asking.call.path)
  const sent = new Map(form)
  if (sent.has('QueueUrl')) sent.set('QueueUrl', serverUrl(asking, queue))
  return {
    ...{ wanted: [{ ...wantedOf(action, queue), more: formTagKeys(form) }], server: queue.server },
    ...{ form: sent, path: serverPath(asking, queue), rewrite },
  }
}

export const sqsQuery: QueryService = {
  service: 'sqs',
  mostBytes: 8 * 1024 * 1024,
  denying: { code: 'AccessDenied', status: 403, style: 'sqs' },
  plan,
}
