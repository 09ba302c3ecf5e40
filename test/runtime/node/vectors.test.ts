import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { checkVectors } from '../check-vectors.ts'
import { expectAllPass } from '../expect-vectors.ts'

/** Assignment version 1 is frozen. Do not change a digest: a new hash is version 2, in a file of its own. */
const frozen = [
  ['v1', '22d549352d75cb099a64b187a1303de974291cf4f1aff9a7354a706b344639e9'],
  ['contextual', '86f3572d0f1cf00b90b7db899a7ef1513e6c06dc1ebaaf00acf9a0aee5c98830'],
] as const

describe('assignment version 1 in Node', () => {
  it('gives every frozen answer', () => {
    expectAllPass(checkVectors())
  })

  it.each(frozen)('is checked against the vectors it was released with: %s', async (name, digest) => {
    const file = await readFile(new URL(`../../../src/assign/vectors/${name}.json`, import.meta.url))
    expect(createHash('sha256').update(file).digest('hex')).toBe(digest)
  })
})
