import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Settings } from '../../world.ts'
import { insertGroup, insertMember, removeMember } from '../groups/store.ts'
import { insertAttachment, writeBoundary, writeInlinePolicy } from '../policies/attachment-store.ts'
import { awsPolicies } from '../policies/aws-managed.ts'
import { insertPolicy, insertVersion, updateVersions } from '../policies/store.ts'
import { insertRole, removeRole } from '../roles/store.ts'
import { insertUser } from '../users/store.ts'
import { currentPrincipal } from './find.ts'

const account = '000000000000'
const settings = { account } as Settings
const tags = [{ Key: 'k', Value: 'v' }]
const policy = (name: string) => ({
  id: `ANPA${name}`,
  name,
  path: '/',
  description: undefined,
  tags: [],
  defaultVersion: 1,
  newestVersion: 1,
  createdAt: 1,
  updatedAt: 1,
})
const role = {
  ...{ id: 'AROAR', name: 'R', path: '/a/', description: undefined, trust: '{}', boundTrust: '{}' },
  ...{ longestSession: 3600, tags, createdAt: 1 },
}

eachEngine((engine) => {
  test('a role is seen with the tags and policies it has now, and not at all once it is gone', async () => {
    const db = await engine.open()
    await insertRole(db, account, role)
    await insertPolicy(db, account, policy('Managed'), 'old')
    await insertVersion(db, account, 'ANPAManaged', { version: 2, document: 'new', createdAt: 2 })
    await insertAttachment(db, account, 'AROAR', 'ANPAManaged')
    await writeInlinePolicy(db, account, 'AROAR', { name: 'inline', document: 'own' })
    const see = () => currentPrincipal({ db, settings }, 'AROAR')
    const seen = (text: string) => ({
      name: 'R',
      path: '/a/',
      tags,
      policies: [
        { id: 'Managed', text },
        { id: 'inline', text: 'own' },
      ],
      boundary: undefined,
    })
    assert.deepEqual(await see(), seen('old'))
    await updateVersions(db, account, 'ANPAManaged', { defaultVersion: 2, newestVersion: 2, updatedAt: 2 })
    assert.deepEqual(await see(), seen('new'))
    await removeRole(db, account, 'AROAR')
    assert.equal(await see(), undefined)
  })

  test("a user is seen with its groups' policies too, and with its boundary, AWS's own included", async () => {
    const db = await engine.open()
    await insertUser(db, account, { id: 'AIDAU', name: 'U', path: '/', tags, createdAt: 1 })
    await insertUser(db, account, { id: 'AIDAV', name: 'V', path: '/', tags: [], createdAt: 1 })
    await insertGroup(db, account, { id: 'AGPAG', name: 'G', path: '/', createdAt: 1 })
    await insertMember(db, account, 'AIDAU', 'AGPAG')
    const everything = awsPolicies.find(({ name }) => name === 'AdministratorAccess')!
    await insertAttachment(db, account, 'AGPAG', everything.id)
    await writeInlinePolicy(db, account, 'AGPAG', { name: 'p', document: 'of the group' })
    await writeInlinePolicy(db, account, 'AIDAV', { name: 'p', document: 'of another' })
    await insertPolicy(db, account, policy('Bound'), 'bounds')
    await writeBoundary(db, account, 'AIDAU', 'ANPABound')
    const seen = await currentPrincipal({ db, settings }, 'AIDAU')
    assert.deepEqual(
      seen?.policies.map(({ id }) => id),
      ['G/AdministratorAccess', 'G/p'],
    )
    assert.match(seen!.policies[0]!.text, /"Action": "\*"/)
    assert.deepEqual(seen?.boundary, { id: 'Bound', text: 'bounds' })
    await removeMember(db, account, 'AIDAU', 'AGPAG')
    assert.deepEqual((await currentPrincipal({ db, settings }, 'AIDAU'))?.policies, [])
    assert.equal(await currentPrincipal({ db, settings: { account: '1' } as Settings }, 'AIDAU'), undefined)
  })
})
