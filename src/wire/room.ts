/**
 * What this process takes on at a time, of all peers together: connections of each port, and bytes of bodies that are read
 * whole. A body, a head, a stream have their limits where they are read; many at a time have theirs here.
 */

export type Room = {
  /** Of a port; a session of HTTP/2 is one. */
  readonly connections: number
  /** In bytes. */
  readonly bodies: number
  /** Told what there is no room for, of each once a minute at most. */
  full(of: 'connections' | 'bodies'): void
}

const usual: Room = { connections: 8_192, bodies: 128 * 1024 * 1024, full() {} }

let room = usual
const toldAt = { connections: Number.NEGATIVE_INFINITY, bodies: Number.NEGATIVE_INFINITY }

/** For this process, as memory is. */
export function setRoom(given: Partial<Room>): void {
  room = { ...usual, ...given }
}

export const mostConnections = (): number => room.connections

export function tellFull(of: 'connections' | 'bodies'): void {
  if (performance.now() - toldAt[of] < 60_000) return
  toldAt[of] = performance.now()
  room.full(of)
}

/** Thrown where there is none: the same may succeed a little later. */
export class NoRoom extends Error {}

/** What is held of one body. */
export type Share = {
  /** Takes some more. */
  take(bytes: number): void
  /** Gives all of it back. What is taken later does not count. */
  free(): void
}

/** Bodies up to this size may fill all of the room, others three quarters: whoever sends large ones slowly locks nobody out. */
const small = 65_536

let held = 0

export const heldBytes = (): number => held

export function openShare(): Share {
  let own = 0
  let over = false
  return {
    take(bytes) {
      if (over) return
      const most = own + bytes <= small ? room.bodies : room.bodies * 0.75
      if (held + bytes > most) {
        tellFull('bodies')
        throw new NoRoom('Bodies of requests fill the memory that they may have.')
      }
      own += bytes
      held += bytes
    },
    free() {
      held -= own
      own = 0
      over = true
    },
  }
}
