/** Case 46: a simulation answers a page at a time, and takes no more room than that. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SimulateCustomPolicyCommand } from '@aws-sdk/client-iam'
import { allowing } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

test('case 46: many actions on many resources are as many questions as a page has', async () => {
  const { iam } = server.clients
  const ActionNames = Array.from({ length: 900 }, (_, index) => `s3:A${index}`)
  const ResourceArns = Array.from({ length: 900 }, (_, index) => `arn:aws:s3:::b/${index}`)
  const asked = { PolicyInputList: [allowing('s3:*')], ActionNames, ResourceArns, MaxItems: 2 }
  const first = await iam.send(new SimulateCustomPolicyCommand(asked))
  const next = await iam.send(new SimulateCustomPolicyCommand({ ...asked, Marker: first.Marker }))
  assert.deepEqual(
    [first, next].flatMap(({ EvaluationResults = [] }) =>
      EvaluationResults.map(({ EvalActionName, EvalResourceName }) => [EvalActionName, EvalResourceName]),
    ),
    [0, 1, 2, 3].map((index) => ['s3:A0', `arn:aws:s3:::b/${index}`]),
  )
  assert.equal(next.IsTruncated, true)
  const end = await iam.send(
    new SimulateCustomPolicyCommand({ ...asked, ActionNames: ['s3:A', 's3:B'], ResourceArns: ['*'], MaxItems: 2 }),
  )
  assert.deepEqual([end.EvaluationResults?.length, end.IsTruncated], [2, false])
})

test('case 46: of policies with very many statements a page has fewer answers, and the next one goes on', async () => {
  const { iam } = server.clients
  const statement = { Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::other' }
  const document = JSON.stringify({ Version: '2012-10-17', Statement: new Array(1_700).fill(statement) })
  const ActionNames = Array.from({ length: 150 }, (_, index) => `s3:A${index}`)
  const asked = { PolicyInputList: new Array(2).fill(document), ActionNames, MaxItems: 1_000 }
  const seen: (string | undefined)[] = []
  let marker: string | undefined
  let pages = 0
  do {
    const page = await iam.send(new SimulateCustomPolicyCommand({ ...asked, ...(marker && { Marker: marker }) }))
    seen.push(...(page.EvaluationResults ?? []).map(({ EvalActionName }) => EvalActionName))
    marker = page.Marker
    pages++
  } while (marker)
  assert.deepEqual(seen, ActionNames)
  assert.ok(pages > 1)
})
