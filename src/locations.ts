/** Where addresses are, from a file of networks: `network,latitude,longitude,city,country`, a line each. None by default. */
import { readFileSync } from 'node:fs'
import { isIPv4 } from 'node:net'
import { SettingError } from './config.ts'
import { canonicalAddress, groupsOf, readRange } from './protocols/networks.ts'
import type { Location } from './world.ts'

/** The address's bits, IPv4 in 32 and IPv6 in 128. */
const bitsOf = (address: string): bigint =>
  isIPv4(address)
    ? address.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n)
    : groupsOf(address).reduce((bits, group) => (bits << 16n) | BigInt(group), 0n)

/** Of the lines that hold an address the narrowest counts. Lines that cannot be read are refused with their number. */
export function readLocations(text: string): (address: string) => Location | undefined {
  const tables = { 32: new Map<number, Map<bigint, Location>>(), 128: new Map<number, Map<bigint, Location>>() }
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [network = '', latitude, longitude, city = '', country = ''] = line.split(',').map((cell) => cell.trim())
    const range = readRange(network)
    const place = { latitude: Number(latitude), longitude: Number(longitude), city, country }
    if (!range || !latitude || !longitude || Math.abs(place.latitude) > 90 || Math.abs(place.longitude) > 180) {
      throw new Error(`Line ${index + 1} is no network with latitude and longitude.`)
    }
    const width = range.family === 'ipv4' ? 32 : 128
    const ofPrefix = tables[width].get(range.prefix) ?? new Map<bigint, Location>()
    ofPrefix.set(bitsOf(canonicalAddress(range.address) ?? '') >> BigInt(width - range.prefix), place)
    tables[width].set(range.prefix, ofPrefix)
  }
  const prefixes = { 32: narrowestFirst(tables[32]), 128: narrowestFirst(tables[128]) }
  return (text) => {
    const address = canonicalAddress(text)
    if (address === undefined) return undefined
    const width = isIPv4(address) ? 32 : 128
    const bits = bitsOf(address)
    for (const [prefix, places] of prefixes[width]) {
      const found = places.get(bits >> BigInt(width - prefix))
      if (found) return found
    }
    return undefined
  }
}

const narrowestFirst = (table: Map<number, Map<bigint, Location>>) => [...table].sort(([a], [b]) => b - a)

/** The file's answer; without a file nobody knows where anybody is. */
export function openLocations(file: string | undefined): (address: string) => Location | undefined {
  if (file === undefined) return () => undefined
  try {
    return readLocations(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new SettingError(`--locations: ${file}: ${error instanceof Error ? error.message : error}`)
  }
}
