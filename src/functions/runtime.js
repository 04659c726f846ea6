/**
 * What runs inside a function's own process: loads the handler, calls it as AWS Lambda does, and answers on descriptor 3.
 * It may read this file, the function's folder and the modules above it, and nothing else, so it imports nothing of ours;
 * JavaScript, because a process that reads TypeScript holds a compiler of its own, 17 MB.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { Socket } from 'node:net'
import { pathToFileURL } from 'node:url'

const [, , file = '', exported = '', functionName = '', memory = ''] = process.argv
/** Lambda's own limit on a synchronous answer. */
const mostBytes = 6 * 1024 * 1024

lockDown()
const pipe = new Socket({ fd: 3, readable: true, writable: true })
const handler = load()
/** The call that runs, as process.ts sends it: `{ id, arn, event, deadline, clientContext?, identity? }`. */
let current

/** The permission model covers files, not signals: without these a function could stop the server or attach to it. */
function lockDown() {
  const refuse = () => {
    throw Object.assign(new Error('Access to this API has been restricted'), { code: 'ERR_ACCESS_DENIED' })
  }
  for (const name of ['kill', '_kill', '_debugProcess', '_debugEnd', '_startProfilerIdleNotifier', 'dlopen'])
    Object.defineProperty(process, name, { value: refuse, writable: false, configurable: false })
  const require = createRequire(import.meta.url)
  Object.assign(require('node:v8'), { setFlagsFromString: refuse })
  Object.assign(require('node:os'), { setPriority: refuse })
  syncBuiltinESMExports()
}

async function load() {
  const loaded = await import(pathToFileURL(file).href)
  const inner = loaded['default']
  const found = loaded[exported] ?? inner?.[exported]
  if (typeof found !== 'function') throw new Error(`${exported} is undefined or not exported`)
  return found
}
// Told to the caller when a call comes; until then it is nobody's unhandled rejection.
handler.catch(() => {})

function answer(line) {
  if (!current) return
  const { id } = current
  current = undefined
  pipe.ref()
  pipe.write(`${JSON.stringify({ id, ...line })}\n`)
}

function succeed(result) {
  try {
    const text = JSON.stringify(result) ?? 'null'
    if (Buffer.byteLength(text) > mostBytes)
      answer({ error: `Response payload size exceeded maximum allowed payload size (${mostBytes} bytes).` })
    else answer({ result: text })
  } catch (error) {
    answer({ error: `Unable to stringify response body as json: ${messageOf(error)}` })
  }
}

function throwTo(error) {
  console.error(error)
  answer({ error: messageOf(error) })
}

const messageOf = (error) =>
  typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : typeof error === 'string'
      ? error
      : (JSON.stringify(error) ?? 'undefined')

let isTold = false
/** Once: from now on a call costs what the function costs. */
function tellLoaded() {
  if (!isTold) pipe.write('{"loaded":true}\n')
  isTold = true
}

async function run(call) {
  current = call
  // What the function left to do keeps the process alive now; when nothing is left, it has answered nothing.
  pipe.unref()
  let settled = false
  const done = (error, result) => {
    if (settled) return
    settled = true
    if (error !== undefined && error !== null) throwTo(error)
    else succeed(result)
  }
  try {
    const loaded = await handler
    tellLoaded()
    const returned = loaded(JSON.parse(call.event), contextOf(call, done), done)
    const awaited = returned
    if (typeof awaited?.then === 'function') done(undefined, await awaited)
  } catch (error) {
    done(error ?? 'undefined')
  }
}

/** AWS: "AWS Lambda context object in Node.js". */
const contextOf = ({ id, arn, deadline, clientContext, identity }, done) => ({
  clientContext,
  identity,
  callbackWaitsForEmptyEventLoop: true,
  functionName,
  functionVersion: '$LATEST',
  invokedFunctionArn: arn,
  memoryLimitInMB: memory,
  awsRequestId: id,
  logGroupName: `/aws/lambda/${functionName}`,
  logStreamName: 'local',
  getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  done,
  fail: (error) => done(error ?? 'undefined'),
  succeed: (result) => done(undefined, result),
})

process.on('beforeExit', () => {
  if (current) answer({ result: 'null' })
})
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error) => {
    throwTo(error)
    pipe.end(() => process.exit(1))
  })

let unread = ''
pipe.setEncoding('utf8')
pipe.on('data', (text) => {
  unread += text
  for (let end = unread.indexOf('\n'); end >= 0; end = unread.indexOf('\n')) {
    const line = unread.slice(0, end)
    unread = unread.slice(end + 1)
    void run(JSON.parse(line))
  }
})
// The server is gone.
pipe.on('close', () => process.exit(0))
