/** The examples as their READMEs tell one to run them, against the product as a process of its own. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Product, startProduct } from './support/product.ts'

const run = promisify(execFile)
const works = (command: string, args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0
const example = (path: string) => fileURLToPath(new URL(`../examples/${path}`, import.meta.url))

let product: Product
let data: string

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'examples-'))
  product = await startProduct({ data, flags: ['--functions', example('trigger-function/functions')] })
})
after(async () => {
  await product.end('SIGTERM')
  await rm(data, { recursive: true })
})

/** What it prints. Its only help is the address of the server. */
async function output(command: string, path: string): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: data, AWS_ENDPOINT_URL: product.endpoint }
  const { stdout } = await run(command, [example(path)], { env, timeout: 120_000 })
  return stdout
}

test('the AWS SDK for JavaScript', async () => {
  assert.equal(
    await output(process.execPath, 'aws-sdk-js/people.mjs'),
    'signed in as ann\nan administrator sees ann: CONFIRMED\n',
  )
})

test('boto3', async (context) => {
  if (!works('python3', ['-c', 'import boto3'])) return context.skip('boto3 is not installed')
  assert.equal(await output('python3', 'boto3/people.py'), 'signed in as ann\nan administrator sees ann: CONFIRMED\n')
})

test('the AWS CLI', async (context) => {
  if (!works('aws', ['--version'])) return context.skip('the AWS CLI is not installed')
  assert.equal(await output('bash', 'aws-cli/people.sh'), 'signed in as ann\nthe bucket says hello\n')
})

test('Amplify', async () => {
  const said = await output(process.execPath, 'amplify/sign-in.mjs')
  assert.match(said, /^signed in as ann\nthe ID token is for ann-\d+@example\.com\nsigned out everywhere\n$/)
})

test('a trigger function', async () => {
  const refused = 'UserLambdaValidationException: PreSignUp failed with error Only people of example.com may join.'
  assert.equal(await output(process.execPath, 'trigger-function/try.mjs'), `ann is in, confirmed\neve ${refused}\n`)
})
