import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { checkVectors } from '../check-vectors.ts'
import { expectAllPass } from '../expect-vectors.ts'

/** Assignment version 1 is frozen. Do not change this digest: a new hash is version 2, in a file of its own. */
const FROZEN = '22d549352d75cb099a64b187a1303de974291cf4f1aff9a7354a706b344639e9'

describe('assignment version 1 in Node', () => {
  it('gives every frozen answer', () => {
    expectAllPass(checkVectors())
  })

  it('is checked against the vectors it was released with', async () => {
    const file = await readFile(new URL('../../../src/assign/vectors/v1.json', import.meta.url))
    expect(createHash('sha256').update(file).digest('hex')).toBe(FROZEN)
  })
})
