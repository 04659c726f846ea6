import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import type { World } from '../world.ts'
import { anonymous } from './caller.ts'
import { AwsError } from './errors.ts'
import type { Call } from './http.ts'
import type { Model } from './model.ts'
import { answerRest, isRestCall } from './rest-json.ts'
import { serviceOf } from './service.ts'

const path = (name: string) => ({ shape: 'Name', location: 'uri' as const, locationName: name })
const model: Model = {
  service: 'shelves',
  apiVersion: '1',
  protocol: 'rest-json',
  signingName: 'shelves',
  operations: {
    GetBook: { http: { method: 'GET', requestUri: '/shelves/{Shelf}/books/{Book}' }, input: 'Wanted', output: 'Book' },
    GetNewest: { http: { method: 'GET', requestUri: '/shelves/{Shelf}/books/newest' }, input: 'Shelf', output: 'Book' },
    PutBook: {
      http: { method: 'PUT', requestUri: '/shelves/{Shelf}/books/{Book}', responseCode: 201 },
      input: 'Given',
    },
  },
  shapes: {
    Name: { type: 'string', pattern: '[a-z: ]+' },
    Number: { type: 'integer', max: 100 },
    Switch: { type: 'boolean' },
    Wanted: {
      type: 'structure',
      required: ['Shelf', 'Book'],
      members: {
        Shelf: path('Shelf'),
        Book: path('Book'),
        Page: { shape: 'Number', location: 'querystring', locationName: 'page' },
        Whole: { shape: 'Switch', location: 'querystring', locationName: 'whole' },
        Words: { shape: 'Names', location: 'querystring', locationName: 'word' },
        Reader: { shape: 'Name', location: 'header', locationName: 'X-Reader' },
      },
    },
    Names: { type: 'list', member: 'Name' },
    Shelf: { type: 'structure', required: ['Shelf'], members: { Shelf: path('Shelf') } },
    Given: {
      type: 'structure',
      required: ['Shelf', 'Book', 'Text'],
      members: {
        Shelf: path('Shelf'),
        Book: path('Book'),
        Text: { shape: 'Name', location: 'querystring', locationName: 'Text', orBody: true },
      },
    },
    Book: { type: 'structure', members: { Text: 'Name' } },
    GoneException: { type: 'structure', exception: true, error: { httpStatusCode: 410 } },
  },
}

const echo = (name: string) => ({
  name,
  signed: true,
  answer: async (input: unknown) => {
    if ((input as { Book?: string }).Book === 'gone') throw new AwsError('GoneException', 'It is gone.')
    return { Text: JSON.stringify(input), Secret: 'never leaves' }
  },
})
const services = new Map([
  ['shelves', serviceOf(model, 'InvalidParameterException', Object.keys(model.operations).map(echo))],
])
const world = { settings: { dev: false }, log: { isLevelEnabled: () => false } } as unknown as World

async function ask(method: string, target: string, body = '', headers: Record<string, string> = {}) {
  const [path = '', query = ''] = target.split('?')
  const authorization = 'AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/shelves/aws4_request, SignedHeaders=host'
  const call = {
    ...{ id: 'id', method, path, query, address: '::1', secure: false, rawHeaders: [], body: Readable.from([body]) },
    headers: { authorization, ...headers },
  } as Call
  assert.ok(isRestCall(services, call))
  const answer = await answerRest(
    services,
    call,
    world,
    async () => ({ caller: anonymous, region: 'x' }),
    () => {},
  )
  const text = String(answer.body)
  return { ...answer, json: text === '' ? undefined : JSON.parse(text) }
}
const input = async (...call: Parameters<typeof ask>) => JSON.parse((await ask(...call)).json.Text)

describe('REST-JSON', () => {
  test('gathers a request from path, query, headers and body', async () => {
    const given = await input('GET', '/shelves/a%3Ab/books/c%20d?page=7&whole=true&else=1', '', { 'x-reader': 'ada' })
    assert.deepEqual(given, { Shelf: 'a:b', Book: 'c d', Page: 7, Whole: true, Reader: 'ada' })
  })

  test('a word of the path goes before a label in its place', async () => {
    assert.deepEqual(await input('GET', '/shelves/a/books/newest'), { Shelf: 'a' })
  })

  test('a body cannot replace what the path says', async () => {
    const answer = await ask('PUT', '/shelves/a/books/b', '{"Shelf":"other","Text":"x","Else":1}')
    assert.equal(answer.status, 201)
    assert.equal(answer.json, undefined)
  })

  test('a list of the query is a parameter that comes several times; of any other the first counts', async () => {
    const given = await input('GET', '/shelves/a/books/b?word=x&page=1&word=y&page=2')
    assert.deepEqual(given, { Shelf: 'a', Book: 'b', Page: 1, Words: ['x', 'y'] })
  })

  test('what may stand in the query or the body may not differ in both', async () => {
    for (const [query, body, status] of [
      ['', '{"Text":"x"}', 201],
      ['?Text=x', '', 201],
      ['?Text=x', '{"Text":"x"}', 201],
      ['?Text=x', '{"Text":"y"}', 400],
      ['', '', 400],
    ] as const)
      assert.equal((await ask('PUT', `/shelves/a/books/b${query}`, body)).status, status, query + body)
  })

  test('answers only what the shape names', async () => {
    assert.deepEqual(Object.keys((await ask('GET', '/shelves/a/books/b')).json), ['Text'])
  })

  test('what is no number, no JSON, no object or over a limit is refused in AWS’s words', async () => {
    const refusals: [Promise<Awaited<ReturnType<typeof ask>>>, string][] = [
      [ask('GET', '/shelves/a/books/b?page=many'), 'SerializationException'],
      [ask('GET', '/shelves/a/books/b?page=1e3'), 'SerializationException'],
      [ask('GET', '/shelves/a/books/b?page=101'), 'InvalidParameterException'],
      [ask('GET', '/shelves/A/books/b'), 'InvalidParameterException'],
      [ask('GET', '/shelves/%ff/books/b'), 'SerializationException'],
      [ask('PUT', '/shelves/a/books/b', '{'), 'SerializationException'],
      [ask('PUT', '/shelves/a/books/b', '[]'), 'SerializationException'],
      [ask('PUT', '/shelves/a/books/b', '{"Text":5}'), 'SerializationException'],
      [ask('PUT', '/shelves/a/books/b', '{"__proto__":{"Text":"x"}}'), 'InvalidParameterException'],
    ]
    for (const [answer, code] of refusals) {
      const { status, headers, json } = await answer
      assert.deepEqual([status, headers['x-amzn-errortype']], [400, code])
      assert.equal(typeof json.message, 'string')
    }
  })

  test('an error has the status of its shape; unknown paths and methods have no operation', async () => {
    const gone = await ask('GET', '/shelves/a/books/gone')
    assert.deepEqual([gone.status, gone.json], [410, { message: 'It is gone.' }])
    for (const [method, target] of [
      ['DELETE', '/shelves/a/books/b'],
      ['GET', '/shelves//books/b'],
      ['GET', '/x'],
    ] as const)
      assert.equal((await ask(method, target)).headers['x-amzn-errortype'], 'UnknownOperationException')
  })
})
