/** Topics that this server itself publishes to: those of a server behind the gateway. */
import type { Topic, World } from '../world.ts'
import { readArn, serverArn } from './forward/arns.ts'
import { pass, readAnswer } from './forward/pass.ts'
import { findUpstream } from './forward/upstreams.ts'

const mostAnswerBytes = 64 * 1024

/** The topic of that ARN, if it is of this account and a server has it. */
export function topicAt(world: World, arn: string): Topic | undefined {
  const read = readArn(arn)
  const { account, upstreams } = world.settings
  if (read?.service !== 'sns' || read.account !== account || read.rest.includes(':')) return undefined
  const { region, rest: name } = read
  const server = findUpstream(upstreams, 'sns', name)
  if (!server) return undefined
  return {
    async publish(message) {
      const TopicArn = serverArn({ region }, 'sns', { name, arn, account, server })
      const form = new URLSearchParams({ Action: 'Publish', Version: '2010-03-31', TopicArn, Message: message })
      const answer = await pass(
        world,
        { server, service: 'sns', region },
        {
          ...{ method: 'POST', path: '/', body: Buffer.from(form.toString()) },
          headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        },
      )
      await readAnswer(answer, mostAnswerBytes)
      if (answer.statusCode !== 200) throw new Error(`SNS answered ${answer.statusCode}.`)
    },
  }
}
