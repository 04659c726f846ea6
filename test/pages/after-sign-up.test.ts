/** Whoever signs up and confirms in one browser is signed in as anybody is: the pool's functions are asked and told. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startLambda } from '../support/functions-elsewhere.ts'
import { codeIn, type HostedPool, makeHosted, openVisitor, requestOf, type Seen } from '../support/hosted.ts'
import { password } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const heard: string[] = []
let lambda: Awaited<ReturnType<typeof startLambda>>
let server: TestServer
let pool: HostedPool
before(async () => {
  lambda = await startLambda((event, _, done) => {
    const { triggerSource, userName } = event as { triggerSource: string; userName: string }
    heard.push(`${userName} ${triggerSource}`)
    const barred = userName === 'barred' && triggerSource.startsWith('PreAuthentication')
    done(barred ? new Error('not you') : undefined, event)
  })
  server = await startTestServer({ functions: JSON.stringify({ guard: { url: lambda.url, secret: 's' } }) })
  const guard = 'arn:aws:lambda:us-east-1:000000000000:function:guard'
  pool = await makeHosted(
    server,
    {},
    {
      AutoVerifiedAttributes: ['email'],
      Schema: [{ Name: 'email', Required: true, Mutable: true }],
      LambdaConfig: { PreAuthentication: guard, PostAuthentication: guard },
    },
  )
})
after(async () => {
  await server.close()
  await lambda.close()
})

async function signUp(username: string): Promise<Seen> {
  const visitor = openVisitor()
  const at = `${pool.url}/signup?${requestOf(pool)}`
  const email = `${username}@example.com`
  const sent = await visitor.send(await visitor.go(at), at, {
    ...{ username, password, 'requiredAttributes[email]': email },
  })
  const confirm = new URL(sent.location, pool.url).href
  return visitor.send(await visitor.go(confirm), confirm, { code: server.world.codeSentTo(email) })
}

test('PreAuthentication is asked and PostAuthentication told', async () => {
  assert.ok(codeIn(await signUp('new')))
  assert.deepEqual(heard, ['new PreAuthentication_Authentication', 'new PostAuthentication_Authentication'])
})

test('whom PreAuthentication refuses gets no code', async () => {
  const { location } = await signUp('barred')
  assert.match(location, /\/login\?/)
})
