/** Whether a caller's policies ask what a request does to single items and attributes. */
import type { Caller } from '../../wire/caller.ts'
import { policiesMention } from '../forward/policy-mentions.ts'

const ofItems =
  /dynamodb:(?:leadingkeys|attributes|select|returnvalues|fulltablescan|(?:first|second|third|fourth)partitionkeyvalues)/i
const ofRequests = /dynamodb:(?:enclosingoperation|returnconsumedcapacity)/i

/**
 * Which items or attributes a statement of PartiQL touches is not computed here, so that callers whose policies ask are
 * refused statements rather than given too much.
 */
export const asksOfItems = (caller: Caller): boolean => policiesMention(caller, ofItems)

/** Whether any of the keys counts that are computed of a request. */
export const asksOfRequests = (caller: Caller): boolean => asksOfItems(caller) || policiesMention(caller, ofRequests)
