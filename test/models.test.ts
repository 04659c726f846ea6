/** The models against the installed SDK's own run-time schemas: a name or a required member that drifts apart fails here. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { model, type Shape } from '../src/wire/model.ts'

/** Smithy's static schema of a structure: kind, namespace, name, traits, member names (required ones first), member schemas, how many are required. */
type StructureSchema = readonly [3, string, string, unknown, readonly string[], readonly unknown[], number?]

const clients = {
  'cognito-idp': () => import('@aws-sdk/client-cognito-identity-provider'),
  'cognito-identity': () => import('@aws-sdk/client-cognito-identity'),
  sts: () => import('@aws-sdk/client-sts'),
  iam: () => import('@aws-sdk/client-iam'),
} as const

const isStructure = (value: unknown): value is StructureSchema => Array.isArray(value) && value[0] === 3

for (const [service, load] of Object.entries(clients)) {
  describe(`the model of ${service}`, async () => {
    const exported: Record<string, unknown> = await load()
    const { operations, shapes } = model(service)

    test('has the operations of the SDK', () => {
      const inSdk = Object.keys(exported).flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? [])
      const missing = inSdk.filter((name) => !Object.hasOwn(operations, name) && name !== '$')
      assert.deepEqual(missing, [])
    })

    test('has the members of the SDK, required alike', () => {
      const wrong: string[] = []
      let compared = 0
      for (const [key, schema] of Object.entries(exported)) {
        if (!key.endsWith('$') || !isStructure(schema)) continue
        const shape: Shape | undefined = shapes[schema[2]]
        if (!shape || shape.exception) continue
        compared++
        const here = Object.keys(shape.members ?? {}).sort()
        const there = [...schema[4]].sort()
        if (here.join() !== there.join())
          wrong.push(
            `${schema[2]}: ${here.filter((m) => !there.includes(m))} | ${there.filter((m) => !here.includes(m))}`,
          )
        const required = schema[4].slice(0, schema[6] ?? 0).sort()
        if ([...(shape.required ?? [])].sort().join() !== required.join())
          wrong.push(`${schema[2]} requires ${shape.required} | ${required}`)
      }
      assert.deepEqual(wrong, [])
      assert.ok(compared >= Object.keys(operations).length, `only ${compared} structures were compared`)
    })
  })
}
