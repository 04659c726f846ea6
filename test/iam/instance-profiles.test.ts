/** Instance profiles over the wire: one role in each, and neither goes while they belong together. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { IAMClient } from '@aws-sdk/client-iam'
import * as api from '@aws-sdk/client-iam'
import { account, assume, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let iam: IAMClient
before(async () => {
  server = await startTestServer()
  iam = server.clients.iam
})
after(() => server.close())

const arn = (name: string) => `arn:aws:iam::${account}:instance-profile/${name}`
const make = (InstanceProfileName: string, more: Partial<api.CreateInstanceProfileCommandInput> = {}) =>
  iam.send(new api.CreateInstanceProfileCommand({ InstanceProfileName, ...more }))
const get = async (InstanceProfileName: string) =>
  (await iam.send(new api.GetInstanceProfileCommand({ InstanceProfileName }))).InstanceProfile!
const add = (InstanceProfileName: string, RoleName: string, client = iam) =>
  client.send(new api.AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }))
const take = (InstanceProfileName: string, RoleName: string) =>
  iam.send(new api.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }))
const remove = (InstanceProfileName: string) => iam.send(new api.DeleteInstanceProfileCommand({ InstanceProfileName }))
const names = (profiles: api.InstanceProfile[] = []) => profiles.map(({ InstanceProfileName }) => InstanceProfileName)
const gone = (name: string) => ({
  name: 'NoSuchEntityException',
  message: `Instance Profile ${name} cannot be found.`,
})

describe('an instance profile', () => {
  test('is made, shown and removed', async () => {
    const { InstanceProfile } = await make('Web', { Path: '/team/', Tags: [{ Key: 'k', Value: 'v' }] })
    assert.match(InstanceProfile!.InstanceProfileId!, /^AIPA[A-Z2-7]{17}$/)
    assert.equal(InstanceProfile!.Arn, arn('team/Web'))
    assert.deepEqual([InstanceProfile!.Path, InstanceProfile!.Roles], ['/team/', []])
    assert.deepEqual(await get('Web'), InstanceProfile)
    await remove('Web')
    await assert.rejects(get('Web'), gone('Web'))
    await assert.rejects(remove('Web'), gone('Web'))
  })

  test('has a name that no other has, whatever its case', async () => {
    await make('Only')
    await assert.rejects(make('ONLY'), {
      name: 'EntityAlreadyExistsException',
      message: 'Instance Profile ONLY already exists.',
    })
    await assert.rejects(get('only'), gone('only'))
  })

  test('holds one role', async () => {
    await make('Single')
    const role = await makeRole(server.clients, 'First')
    await makeRole(server.clients, 'Second')
    await add('Single', 'First')
    const [held, ...others] = (await get('Single')).Roles!
    assert.deepEqual(others, [])
    assert.deepEqual([held!.Arn, held!.RoleName], [role, 'First'])
    assert.match(held!.AssumeRolePolicyDocument!, /^%7B/)
    const full = {
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
    }
    await assert.rejects(add('Single', 'Second'), full)
    await assert.rejects(add('Single', 'First'), full)
    const missing = { name: 'NoSuchEntityException' }
    await assert.rejects(add('Single', 'none'), { ...missing, message: 'The role with name none cannot be found.' })
    await assert.rejects(add('none', 'First'), gone('none'))
    await assert.rejects(take('Single', 'Second'), missing)
  })

  test('and its role go only after they were parted', async () => {
    await make('Pair')
    await makeRole(server.clients, 'Paired')
    await add('Pair', 'Paired')
    const conflict = {
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must remove roles from instance profile first.',
    }
    const deleteRole = () => iam.send(new api.DeleteRoleCommand({ RoleName: 'Paired' }))
    await assert.rejects(remove('Pair'), conflict)
    await assert.rejects(deleteRole(), conflict)
    await take('Pair', 'Paired')
    await deleteRole()
    await remove('Pair')
  })

  test('gets a role from nobody who may not pass it', async () => {
    await make('Guarded')
    const wanted = await makeRole(server.clients, 'Powerful')
    const filling = { Effect: 'Allow', Action: 'iam:AddRoleToInstanceProfile', Resource: arn('Guarded') }
    const passing = (service: string) => ({
      ...{ Effect: 'Allow', Action: 'iam:PassRole', Resource: wanted },
      Condition: { StringEquals: { 'iam:PassedToService': service } },
    })
    const policy = document(filling, passing('lambda.amazonaws.com'))
    const session = await assume(server, server.clients, await makeRole(server.clients, 'Filler', { policy }))
    await assert.rejects(add('Guarded', 'Powerful', session.iam), {
      name: 'AccessDenied',
      message: /is not authorized to perform: iam:PassRole on resource: .*:role\/Powerful/,
    })
    assert.deepEqual((await get('Guarded')).Roles, [])
    const PolicyDocument = document(filling, passing('ec2.amazonaws.com'))
    await iam.send(new api.PutRolePolicyCommand({ RoleName: 'Filler', PolicyName: 'p', PolicyDocument }))
    await add('Guarded', 'Powerful', session.iam)
  })

  test('is tagged', async () => {
    await make('Tagged')
    const InstanceProfileName = 'Tagged'
    const tags = async () => (await iam.send(new api.ListInstanceProfileTagsCommand({ InstanceProfileName }))).Tags
    const tag = (...Tags: api.Tag[]) => iam.send(new api.TagInstanceProfileCommand({ InstanceProfileName, Tags }))
    await tag({ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' })
    await tag({ Key: 'A', Value: '3' })
    assert.deepEqual(await tags(), [
      { Key: 'A', Value: '3' },
      { Key: 'b', Value: '2' },
    ])
    await iam.send(new api.UntagInstanceProfileCommand({ InstanceProfileName, TagKeys: ['B', 'none'] }))
    assert.deepEqual((await get('Tagged')).Tags, [{ Key: 'A', Value: '3' }])
    await assert.rejects(tag(...Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' }))), {
      name: 'LimitExceededException',
    })
  })
})

test('instance profiles are listed below a path, page by page, and by their role', async () => {
  for (const name of ['c', 'A', 'b']) await make(name, { Path: '/listed/' })
  await makeRole(server.clients, 'Shared')
  await add('A', 'Shared')
  await add('c', 'Shared')
  const first = await iam.send(new api.ListInstanceProfilesCommand({ PathPrefix: '/listed/', MaxItems: 2 }))
  assert.deepEqual([names(first.InstanceProfiles), first.IsTruncated], [['A', 'b'], true])
  assert.deepEqual(
    first.InstanceProfiles!.map(({ Roles }) => Roles!.map(({ RoleName }) => RoleName)),
    [['Shared'], []],
  )
  const rest = await iam.send(new api.ListInstanceProfilesCommand({ PathPrefix: '/listed/', Marker: first.Marker }))
  assert.deepEqual([names(rest.InstanceProfiles), rest.IsTruncated], [['c'], false])
  const of = await iam.send(new api.ListInstanceProfilesForRoleCommand({ RoleName: 'Shared' }))
  assert.deepEqual(names(of.InstanceProfiles), ['A', 'c'])
  await assert.rejects(iam.send(new api.ListInstanceProfilesForRoleCommand({ RoleName: 'none' })), {
    name: 'NoSuchEntityException',
  })
})

test('the account’s summary and details count them', async () => {
  await make('Counted')
  await makeRole(server.clients, 'InProfile')
  await add('Counted', 'InProfile')
  const { InstanceProfiles } = await iam.send(new api.ListInstanceProfilesCommand({}))
  const { SummaryMap } = await iam.send(new api.GetAccountSummaryCommand({}))
  assert.equal(SummaryMap!.InstanceProfiles, InstanceProfiles!.length)
  const { RoleDetailList } = await iam.send(new api.GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }))
  const detail = RoleDetailList!.find(({ RoleName }) => RoleName === 'InProfile')
  assert.deepEqual(names(detail!.InstanceProfileList), ['Counted'])
})
