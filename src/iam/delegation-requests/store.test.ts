import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Wish } from './request.ts'
import { insertRequest, readOwned, readRequest, readRequestByToken, updateRequest } from './store.ts'

const wish: Wish = {
  ...{ description: 'd', message: undefined, requestorName: 'n', templateArn: 't', parameters: [], policy: '{}' },
  ...{ channel: 'c', sessionSeconds: 300, redirectUrl: undefined, onlySendByOwner: false },
}
const made = (id: string, workflowId = `workflow of ${id}`) => ({
  ...{ id, workflowId, wish, ownerAccount: undefined, createdAt: 10, expiresAt: 100 },
})

eachEngine((engine) => {
  test('a workflow has one request, which comes back as it was made and expires with time', async () => {
    const db = await engine.open()
    assert.equal(await insertRequest(db, 'a', made('one')), true)
    assert.equal(await insertRequest(db, 'a', made('two', 'workflow of one')), false)
    assert.equal(await insertRequest(db, 'b', made('two', 'workflow of one')), true)
    const read = await readRequest(db, 'a', 'one', 99)
    assert.deepEqual(
      [read?.state, read?.wish.channel, read?.owner, read?.updatedAt],
      ['UNASSIGNED', 'c', undefined, 10],
    )
    assert.equal((await readRequest(db, 'a', 'one', 100))?.state, 'EXPIRED')
    assert.equal(await readRequest(db, 'a', 'two', 0), undefined)
  })

  test('of changes made at once to what was read, one wins', async () => {
    const db = await engine.open()
    await insertRequest(db, 'a', made('one'))
    const before = (await readRequest(db, 'a', 'one', 11))!
    const owner = { account: 'a', arn: 'arn', id: 'id' }
    const changed = { ...before, state: 'ASSIGNED' as const, ownerAccount: 'a', owner, tokenHash: undefined }
    const won = await Promise.all(
      Array.from({ length: 9 }, async () => {
        try {
          return await updateRequest(db, 'a', before, changed, 10)
        } catch {
          return false
        }
      }),
    )
    assert.equal(won.filter(Boolean).length, 1)
    const after = await readRequest(db, 'a', 'one', 11)
    assert.deepEqual([after?.state, after?.owner, after?.updatedAt], ['ASSIGNED', owner, 11])
  })

  test('a request is found by the hash of its token and listed once it has an owner, page by page', async () => {
    const db = await engine.open()
    for (const id of ['one', 'two', 'zoo']) {
      await insertRequest(db, 'a', made(id))
      if (id === 'zoo') continue
      const before = (await readRequest(db, 'a', id, 11))!
      const owner = { account: 'a', arn: `arn of ${id}`, id }
      const released = { state: 'FINALIZED' as const, releasedAt: 1000, tokenHash: `hash of ${id}` }
      await updateRequest(db, 'a', before, { ...before, owner, ownerAccount: 'a', ...released }, 12)
    }
    assert.equal((await readRequestByToken(db, 'a', 'hash of two', 13))?.releasedAt, 1000)
    assert.equal(await readRequestByToken(db, 'b', 'hash of two', 13), undefined)
    const list = async (owner: Parameters<typeof readOwned>[2]['owner'], after: string | undefined, limit = 9) =>
      (await readOwned(db, 'a', { owner, after, limit, now: 13 })).map(({ id }) => id)
    assert.deepEqual(await list(undefined, undefined), ['one', 'two'])
    assert.deepEqual(await list(undefined, undefined, 1), ['one'])
    assert.deepEqual(await list(undefined, 'one'), ['two'])
    assert.deepEqual(await list({ arn: 'arn of two' }, undefined), ['two'])
    assert.deepEqual(await list({ arn: 'arn of two', id: 'of a namesake' }, undefined), [])
  })
})
