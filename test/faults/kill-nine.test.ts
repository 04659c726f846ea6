import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startProduct } from '../support/product.ts'
import { checkPerson, deeds, isRefusal, makePlace, newPerson, type Person, type Side, sideOf } from './deeds.ts'
import { freshPostgres } from './fresh-postgres.ts'

const lanes = 6
const rounds = 3
const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

type Where = { readonly data: string; readonly databaseUrl?: string; readonly masterKey: string }

const freshFolder = () => {
  const data = mkdtempSync(join(tmpdir(), 'poolhouse-faults-'))
  folders.push(data)
  return data
}

/** Tokens outlive the process that issued them, whatever port the next one gets. */
const flags = ['--issuer', 'http://faults.localhost']

/** People live their lives, one after another in each lane, until the server is gone. Answers those who got anywhere. */
async function liveUntilKilled(side: Side, round: number, acknowledged: () => void): Promise<Person[]> {
  const people: Person[] = []
  const lane = async (number: number) => {
    for (let turn = 0; ; turn += 1) {
      const person = newPerson(`p${round}-${number}-${turn}`)
      people.push(person)
      for (const { name, act } of deeds) {
        person.begun.add(name)
        await act(side, person)
        person.done.add(name)
        acknowledged()
      }
    }
  }
  const outcomes = await Promise.allSettled(Array.from({ length: lanes }, (_, number) => lane(number)))
  for (const outcome of outcomes) {
    // A broken connection is what was wanted; a refusal is a fault of the product or of the test.
    if (outcome.status === 'rejected' && isRefusal(outcome.reason)) throw outcome.reason
  }
  return people.filter(({ done }) => done.size > 0)
}

async function killAndLookAgain(where: Where): Promise<void> {
  let product = await startProduct({ ...where, flags })
  const place = await makePlace(product.endpoint)
  const all: Person[] = []
  for (let round = 1; round <= rounds; round += 1) {
    // At a moment that nobody chose, but after so many deeds that one lane at least has seen a whole life.
    let left = lanes * deeds.length + randomInt(lanes * deeds.length)
    const doomed = product
    const people = await liveUntilKilled(sideOf(doomed.endpoint, place), round, () => {
      left -= 1
      if (left === 0) void doomed.end('SIGKILL')
    })
    assert.equal(await doomed.end('SIGKILL'), null, doomed.log())
    product = await startProduct({ ...where, flags })
    const side = sideOf(product.endpoint, place)
    await Promise.all(people.map((person) => checkPerson(side, person)))
    all.push(...people)
  }
  // Those of the first rounds were there, and still are.
  const side = sideOf(product.endpoint, place)
  await Promise.all(all.filter(({ done }) => done.size === deeds.length).map((person) => checkPerson(side, person)))
  assert.equal(await product.end('SIGTERM'), 0, product.log())
  const never = deeds.filter(({ name }) => !all.some(({ done }) => done.has(name)))
  assert.deepEqual(
    never.map(({ name }) => name),
    [],
    'these were never acknowledged, so nothing was proved of them',
  )
}

test('on SQLite, a server killed under load has lost nothing that it acknowledged, and revives nothing that was used up', () =>
  killAndLookAgain({ data: freshFolder(), masterKey: randomBytes(32).toString('hex') }))

test('on PostgreSQL, a server killed under load has lost nothing that it acknowledged, and revives nothing that was used up', async () => {
  const database = await freshPostgres()
  try {
    const masterKey = randomBytes(32).toString('hex')
    await killAndLookAgain({ data: freshFolder(), databaseUrl: database.url, masterKey })
  } finally {
    await database.drop()
  }
})
