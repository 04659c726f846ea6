/**
 * Subjects: the audit of who came with which certificate.
 *
 * Owns table roles_anywhere_subjects. Never stands in anybody's way: a certificate is stopped by a revocation list.
 * AWS: IAM Roles Anywhere API Reference, GetSubject, ListSubjects.
 */
import { fail } from '../../wire/errors.ts'
import type { Operation } from '../../wire/operation.ts'
import { lists, operation, subject } from '../doors.ts'
import { pageOf } from '../resources/find.ts'
import { readSubject, readSubjects } from './store.ts'
import { printSubject, printSummary, type Subject } from './subject.ts'

export const GetSubject = operation('GetSubject', subject, async ({ subjectId }, { world, region }) => {
  const found = await readSubject(world.db, world.settings.account, region, subjectId)
  // unproved: the sentence.
  return { subject: printSubject(world.settings, found ?? fail('ResourceNotFoundException', 'Subject not found.')) }
})

export const ListSubjects = operation('ListSubjects', lists, async (request, context) => {
  const { db, settings } = context.world
  const { rows, nextToken } = await pageOf<Subject>(context, request, (after, limit) =>
    readSubjects(db, settings.account, context.region, after, limit),
  )
  return { subjects: rows.map((row) => printSummary(settings, row)), nextToken }
})

export const operations: Operation[] = [GetSubject, ListSubjects]
