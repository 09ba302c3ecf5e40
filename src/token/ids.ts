import { randomFillSync } from 'node:crypto'

const ID_BYTES = 8
const POOL_BYTES = ID_BYTES * 512

/**
 * Random assignment ids: 64 bits as 16 hex digits. Random bytes are fetched 512 ids at a time, and first when an
 * id is asked for, since Workers refuse randomness before a request.
 */
export const createAssignmentIds = (fill: (bytes: Buffer) => void = randomFillSync): (() => string) => {
  const pool = Buffer.alloc(POOL_BYTES)
  let at = POOL_BYTES
  return () => {
    if (at === POOL_BYTES) {
      fill(pool)
      at = 0
    }
    at += ID_BYTES
    return pool.toString('hex', at - ID_BYTES, at)
  }
}
