/** The way out to configured addresses: what it refuses, and that it connects to what it has checked (security.md 73). */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createGuardedFetch, FetchError } from '../../src/outbound/guarded-fetch.ts'
import { isPrivate } from '../../src/outbound/private-address.ts'

let hits: string[] = []
let port = 0
const answers: Record<string, RequestListener> = {
  '/large': (_, response) => void response.end('x'.repeat(2_000)),
  '/endless': (_, response) => {
    const timer = setInterval(() => response.write('x'.repeat(1_000)), 1)
    response.on('close', () => clearInterval(timer))
  },
  '/silent': () => {},
  '/elsewhere': (_, response) => void response.writeHead(302, { location: 'http://localhost/stolen' }).end(),
  '/here': (_, response) => void response.writeHead(302, { location: '/there' }).end(),
  '/round': (_, response) => void response.writeHead(302, { location: '/round' }).end(),
}
const server = createServer((request, response) => {
  hits.push(request.url ?? '')
  const answer = answers[request.url ?? '']
  if (answer) answer(request, response)
  else response.end(`hello ${request.headers.host}`)
})
before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
after(() => {
  server.closeAllConnections()
  server.close()
})

const at = (path: string, host = '127.0.0.1') => `http://${host}:${port}${path}`
const refuses = (reason: FetchError['reason']) => (error: unknown) =>
  error instanceof FetchError && error.reason === reason
/** A name server that gives these addresses, one list after the other, and counts. */
const names = (...lists: string[][]) => {
  const asked: string[] = []
  return {
    asked,
    lookup: (name: string, done: (error: null, addresses: { address: string; family: number }[]) => void) => {
      asked.push(name)
      const list = lists[Math.min(asked.length, lists.length) - 1] ?? []
      done(
        null,
        list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
    },
  }
}

describe('attack 73: what leads inside is refused before anything is sent', () => {
  const closed = createGuardedFetch([])

  for (const host of [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[fe80::1]',
    '[fd00::1]',
    '10.0.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    'localhost',
    'localhost.',
  ])
    test(`the host ${host}`, async () => {
      hits = []
      await assert.rejects(closed(at('/', host)), refuses('refused'))
      assert.deepEqual(hits, [])
    })

  test('a name with a private address among public ones', async () => {
    const { lookup } = names(['93.184.216.34', '10.0.0.1'])
    await assert.rejects(createGuardedFetch([], lookup)(at('/', 'mixed.example')), refuses('refused'))
  })

  test('a name that is public when checked and private when connected to: it is asked once', async () => {
    hits = []
    // The first address cannot be reached from here, which is the point: the second is never asked for.
    const { lookup, asked } = names(['2606:4700::1'], ['127.0.0.1'])
    await assert.rejects(createGuardedFetch([], lookup)(at('/', 'rebinding.example'), { timeoutMs: 200 }), FetchError)
    assert.deepEqual([asked, hits], [['rebinding.example'], []])
  })

  test('other schemes, and URLs that hold a password', async () => {
    const open = createGuardedFetch('all')
    await assert.rejects(open('file:///etc/passwd'), refuses('refused'))
    await assert.rejects(open('data:,x'), refuses('refused'))
    await assert.rejects(open(`http://a:b@127.0.0.1:${port}/`), refuses('refused'))
    await assert.rejects(open('nonsense'), refuses('refused'))
  })

  test('only global unicast addresses are public', () => {
    for (const address of ['8.8.8.8', '2606:4700:4700::1111', '172.32.0.1', '100.128.0.1']) assert(!isPrivate(address))
    for (const address of ['', 'x', '2002:7f00:1::', '2001:db8::1', 'ff02::1', '::', '255.255.255.255', '224.0.0.1'])
      assert(isPrivate(address), address)
  })
})

describe('what is allowed', () => {
  test('a private host by its name or its address, and no other', async () => {
    const { lookup } = names(['127.0.0.1'])
    const byName = createGuardedFetch(['functions.internal'], lookup)
    const answer = await byName(at('/', 'Functions.Internal'))
    assert.equal(answer.body.toString(), `hello functions.internal:${port}`)
    await assert.rejects(byName(at('/', 'other.internal')), refuses('refused'))
    assert.equal((await createGuardedFetch(['127.0.0.1'], lookup)(at('/', 'any.internal'))).status, 200)
  })

  test('the socket goes to the address that was checked, and the name goes along', async () => {
    const { lookup, asked } = names(['127.0.0.1'])
    const answer = await createGuardedFetch('all', lookup)(at('/', 'pinned.example'))
    assert.deepEqual([answer.body.toString(), asked], [`hello pinned.example:${port}`, ['pinned.example']])
  })
})

describe('how much and how long', () => {
  const open = createGuardedFetch('all')

  test('an answer over the size is refused, endless ones too', async () => {
    await assert.rejects(open(at('/large'), { mostBytes: 1_999 }), refuses('too-large'))
    assert.equal((await open(at('/large'), { mostBytes: 2_000 })).body.length, 2_000)
    await assert.rejects(open(at('/endless'), { mostBytes: 50_000 }), refuses('too-large'))
  })

  test('a server that never answers, or never ends, is given up', async () => {
    await assert.rejects(open(at('/silent'), { timeoutMs: 50 }), refuses('timed-out'))
    await assert.rejects(open(at('/endless'), { timeoutMs: 50, mostBytes: 1e9 }), refuses('timed-out'))
  })

  test('a name that never resolves is given up', async () => {
    await assert.rejects(
      createGuardedFetch([], () => {})(at('/', 'slow.example'), { timeoutMs: 50 }),
      refuses('timed-out'),
    )
  })
})

describe('redirects', () => {
  const open = createGuardedFetch('all')

  test('within the host are followed, a few', async () => {
    hits = []
    assert.equal((await open(at('/here'))).status, 200)
    assert.deepEqual(hits, ['/here', '/there'])
    await assert.rejects(open(at('/round')), refuses('refused'))
  })

  test('to another host, and of what is posted, are refused', async () => {
    hits = []
    await assert.rejects(open(at('/elsewhere')), refuses('refused'))
    await assert.rejects(open(at('/here'), { method: 'POST', body: 'secret' }), refuses('refused'))
    assert.deepEqual(hits, ['/elsewhere', '/here'])
  })
})
