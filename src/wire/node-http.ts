/**
 * Node's HTTP without what its module form brings along: `import` asks node:http for all of its exports, and `WebSocket`
 * among them loads a fetch client that nothing here uses, 12 MB.
 */
export const { createServer, request, STATUS_CODES } = process.getBuiltinModule('node:http')
