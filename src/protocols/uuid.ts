/** UUIDs of given bytes. RFC 9562. */

/** The first sixteen bytes, of which six bits give way to version and variant; random ones make version 4. */
export function uuidOf(bytes: Uint8Array, version = 4): string {
  const marked = Buffer.from(bytes.subarray(0, 16))
  marked[6] = ((marked[6] ?? 0) & 0x0f) | (version << 4)
  marked[8] = ((marked[8] ?? 0) & 0x3f) | 0x80
  return marked.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
