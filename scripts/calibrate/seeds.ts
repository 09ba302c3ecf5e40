import { seededRandom, splitMix64, type Random } from '../../stats/random.ts'

const mixText = (seed: bigint, text: string): bigint => {
  let state = seed
  for (const byte of new TextEncoder().encode(text)) state = splitMix64(state ^ BigInt(byte))()
  return state
}

/** The draws of one run: they depend on the seed, the cell and the run's number alone, not on who simulates it. */
export const randomOf = (seed: number, study: string, cell: string, run: number): Random =>
  seededRandom(mixText(BigInt(seed), `${study}/${cell}/${run}`))
