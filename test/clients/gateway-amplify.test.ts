/**
 * Amplify's Storage in Chromium with the credentials of an identity pool, version 6 and, as older articles print it, version 5.
 * Version 5 is skipped unless `POOLHOUSE_TEST_AMPLIFY5` names a folder in which somebody has run `npm install --legacy-peer-deps
 * aws-amplify@5`: among our own packages it would bring React Native along, half a gigabyte, and seven copies of its core.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { CreateBucketCommand, GetObjectCommand, PutBucketCorsCommand } from '@aws-sdk/client-s3'
import type { Browser } from 'playwright-core'
import { type ServedApp, serveApp } from '../https/apps.ts'
import { openBrowser } from '../support/browser.ts'
import { type HttpsServer, startHttpsServer } from '../support/https.ts'
import { addUser, giveRoles, makeIdentityPool, makeUserPool, type UserPool } from '../support/identities.ts'
import { document } from '../support/roles.ts'

/** What each app below can do: as whoever is signed in, in their own folder, or in a folder that is not theirs. */
type App = {
  configure(place: Place): void
  /** The person's identity. */
  enter(username: string, password: string): Promise<string>
  leave(): Promise<void>
  put(name: string, text: string): Promise<void>
  get(name: string): Promise<string>
  list(): Promise<string[]>
  remove(name: string): Promise<void>
  putAt(key: string, text: string): Promise<void>
  getAt(key: string): Promise<string>
  removeAt(key: string): Promise<void>
}
type Place = {
  userPool: string
  client: string
  identityPool: string
  endpoint: string
  storage: string
  bucket: string
}

/** https://docs.amplify.aws, "Use existing AWS resources" and "Upload files". Identities have the folders of Amplify's own policies. */
const version6 = `
import { Amplify } from 'aws-amplify'
import { fetchAuthSession, signIn, signOut } from 'aws-amplify/auth'
import { downloadData, list, remove, uploadData } from 'aws-amplify/storage'

let options = {}
const own = (name) => ({ identityId }) => 'private/' + identityId + '/' + name
const put = (path, data) => uploadData({ path, data, options }).result
const get = async (path) => (await downloadData({ path, options }).result).body.text()
globalThis.app = {
  configure({ userPool, client, identityPool, endpoint, storage, bucket }) {
    options = { customEndpoint: storage }
    Amplify.configure({
      Auth: {
        Cognito: {
          userPoolId: userPool, userPoolClientId: client, userPoolEndpoint: endpoint,
          identityPoolId: identityPool, identityPoolEndpoint: endpoint, allowGuestAccess: true,
        },
      },
      Storage: { S3: { bucket, region: 'us-east-1' } },
    })
  },
  async enter(username, password) {
    await signIn({ username, password })
    return (await fetchAuthSession()).identityId
  },
  leave: () => signOut(),
  put: (name, text) => put(own(name), text),
  get: (name) => get(own(name)),
  list: async () => (await list({ path: own(''), options: { ...options, listAll: true } })).items.map(({ path }) => path.split('/').at(-1)),
  remove: (name) => remove({ path: own(name), options }),
  putAt: put,
  getAt: get,
  removeAt: (path) => remove({ path, options }),
}
`

/** "Authentication with Amplify" as of 2019–2023: it knows no address but AWS's, and for storage the one of \`amplify mock\`. */
const version5 = (library: string) => `
import { Amplify, Auth, Storage } from ${JSON.stringify(library)}

const own = { level: 'private' }
const anywhere = { level: 'public', customPrefix: { public: '' } }
const get = async (key, options) => (await Storage.get(key, { ...options, download: true })).Body.text()
globalThis.app = {
  configure({ userPool, client, identityPool, bucket }) {
    Amplify.configure({
      Auth: { identityPoolId: identityPool, region: 'us-east-1', userPoolId: userPool, userPoolWebClientId: client },
      Storage: { AWSS3: { bucket, region: 'us-east-1', dangerouslyConnectToHttpEndpointForTesting: true } },
    })
  },
  async enter(username, password) {
    await Auth.signIn(username, password)
    return (await Auth.currentCredentials()).identityId
  },
  leave: () => Auth.signOut(),
  put: (name, text) => Storage.put(name, text, own),
  get: (name) => get(name, own),
  list: async () => (await Storage.list('', { ...own, pageSize: 'ALL' })).results.map(({ key }) => key),
  remove: (name) => Storage.remove(name, own),
  putAt: (key, text) => Storage.put(key, text, anywhere),
  getAt: (key) => get(key, anywhere),
  removeAt: (key) => Storage.remove(key, anywhere),
}
`
const ready = `document.getElementById('state').textContent = 'ready'`

declare const app: App

const folder = resolve(process.env['POOLHOUSE_TEST_AMPLIFY5'] ?? '.', 'node_modules', 'aws-amplify')
const isVersion5 =
  existsSync(join(folder, 'package.json')) &&
  readFileSync(join(folder, 'package.json'), 'utf8').includes('"version": "5.')
const skip = isVersion5 ? false : 'aws-amplify 5 is not installed: POOLHOUSE_TEST_AMPLIFY5 names no folder that has it'

const self = '${cognito-identity.amazonaws.com:sub}'
/** Amplify puts a name before the host, unless there is a dot in it: no certificate would cover that. */
const buckets = ['pictures', 'my.pictures'] as const
const inBoth = (...keys: string[]) => buckets.flatMap((bucket) => keys.map((key) => `arn:aws:s3:::${bucket}${key}`))
/** As the Amplify CLI writes it, but for the list. */
const people = document(
  {
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
    Resource: inBoth('/public/*', `/protected/${self}/*`, `/private/${self}/*`),
  },
  { Effect: 'Allow', Action: 's3:GetObject', Resource: inBoth('/protected/*') },
  {
    Effect: 'Allow',
    Action: 's3:ListBucket',
    Resource: inBoth(''),
    Condition: { StringLike: { 's3:prefix': [`private/${self}/*`] } },
  },
)
const guests = document({ Effect: 'Allow', Action: 's3:GetObject', Resource: inBoth('/public/*') })

let server: HttpsServer
let site: ServedApp
let browser: Browser
let userPool: UserPool
let place: Omit<Place, 'storage' | 'bucket'>
before(async () => {
  server = await startHttpsServer()
  const { s3 } = server.clients
  const testServer = { ...server, clientsWith: () => assert.fail(), post: () => assert.fail() }
  userPool = await makeUserPool(testServer)
  for (const name of ['ann', 'bob']) await addUser(testServer, userPool, name)
  const identityPool = await makeIdentityPool(testServer, [userPool])
  await giveRoles(testServer, identityPool, { user: people, guest: guests })
  site = await serveApp()
  const rule = {
    AllowedOrigins: [new URL(site.url).origin],
    AllowedMethods: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'],
    AllowedHeaders: ['*'],
    ExposeHeaders: ['ETag', 'x-amz-request-id'],
  }
  for (const Bucket of buckets) {
    await s3.send(new CreateBucketCommand({ Bucket }))
    await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }))
  }
  const here = `127.0.0.1:${server.port}`
  browser = await openBrowser([
    `--ignore-certificate-errors-spki-list=${server.spki}`,
    `--host-resolver-rules=MAP *.amazonaws.com:443 ${here},MAP localhost:20005 ${here}`,
  ])
  place = { userPool: userPool.id, client: userPool.clientId, identityPool, endpoint: server.endpoint }
})
after(async () => {
  await browser?.close()
  site?.close()
  await server?.close()
})

type Call = { [K in keyof App]: App[K] extends (...given: string[]) => Promise<unknown> ? K : never }[keyof App]

/** A browser of its own with the app in it. */
async function open(bucket: string, storage: string) {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(site.url)
  await page.getByText('ready').waitFor()
  await page.evaluate((given) => app.configure(given), { ...place, bucket, storage })
  const ask = (name: Call, given: string[]) =>
    page.evaluate(
      async ([called, words]) => {
        try {
          return { done: await (app[called] as (...rest: string[]) => Promise<unknown>)(...words) }
        } catch (error) {
          return { name: (error as Error).name, message: (error as Error).message }
        }
      },
      [name, given] as const,
    )
  return {
    async does<N extends Call>(name: N, ...given: Parameters<App[N]>): Promise<Awaited<ReturnType<App[N]>>> {
      const { done, ...error } = await ask(name, given)
      if ('name' in error) assert.fail(`${name}: ${error.name}: ${error.message}`)
      return done as Awaited<ReturnType<App[N]>>
    },
    async isDenied(action: string, name: Call, ...given: string[]) {
      const answer = await ask(name, given)
      const reason = `is not authorized to perform: ${action} on resource: .* because no identity-based policy allows the ${action} action$`
      assert.match(`${answer.message}`, new RegExp(reason), `${name} ${given}: ${JSON.stringify(answer)}`)
    },
    close: () => context.close(),
  }
}

const password = 'Correct-Horse-1'

function story(
  name: string,
  source: string,
  [bucket, host]: readonly [string, string],
  skipped: string | false = false,
) {
  describe(name, { skip: skipped, timeout: 120_000 }, () => {
    before(() => site.show(`${source}\n${ready}`))
    const enter = () => open(bucket, `${host}:${server.port}`)

    test("keeps, reads, lists and removes what is in a person's own folder, in one piece and in parts", async () => {
      const tab = await enter()
      const me = await tab.does('enter', 'ann', password)
      await tab.does('put', 'cat ü.txt', 'meow')
      assert.equal(await tab.does('get', 'cat ü.txt'), 'meow')
      const Key = `private/${me}/cat ü.txt`
      const kept = await server.clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key }))
      assert.equal(await kept.Body?.transformToString(), 'meow')
      const large = 'picture '.repeat(800_000)
      await tab.does('put', 'large', large)
      assert.equal((await tab.does('get', 'large')) === large, true)
      assert.deepEqual((await tab.does('list')).sort(), ['cat ü.txt', 'large'])
      for (const one of ['cat ü.txt', 'large']) await tab.does('remove', one)
      assert.deepEqual(await tab.does('list'), [])
      await tab.close()
    })

    test("reads what another shares, and is told why the other's own folder stays shut", async () => {
      const tab = await enter()
      const ann = await tab.does('enter', 'ann', password)
      await tab.does('put', 'diary', 'secret')
      await tab.does('putAt', `protected/${ann}/card`, 'hello')
      await tab.does('leave')
      const bob = await tab.does('enter', 'bob', password)
      assert.notEqual(bob, ann)
      assert.equal(await tab.does('getAt', `protected/${ann}/card`), 'hello')
      await tab.isDenied('s3:PutObject', 'putAt', `protected/${ann}/card`, 'changed')
      await tab.isDenied('s3:GetObject', 'getAt', `private/${ann}/diary`)
      await tab.isDenied('s3:PutObject', 'putAt', `private/${ann}/diary`, 'changed')
      await tab.isDenied('s3:DeleteObject', 'removeAt', `private/${ann}/diary`)
      await tab.does('leave')
      await tab.does('enter', 'ann', password)
      assert.equal(await tab.does('get', 'diary'), 'secret')
      await tab.does('remove', 'diary')
      await tab.close()
    })

    test('lets a guest read what is public and write nothing', async () => {
      const tab = await enter()
      await tab.does('enter', 'ann', password)
      await tab.does('putAt', 'public/news', 'of today')
      await tab.does('leave')
      assert.equal(await tab.does('getAt', 'public/news'), 'of today')
      await tab.isDenied('s3:PutObject', 'putAt', 'public/news', 'changed')
      await tab.close()
    })
  })
}

story('Amplify v6 Storage, the bucket in the host', version6, ['pictures', 's3.localhost'])
story('Amplify v6 Storage, the bucket in the path', version6, ['my.pictures', 'localhost'])
story('Amplify v5, Auth.signIn and Storage.put', version5(join(folder, 'lib-esm', 'index.js')), ['pictures', ''], skip)
