/** What of a pool is counted where it is made and deleted. AWS: Quotas, "Resource quotas". */
export { addToCount } from './counts-store.ts'
