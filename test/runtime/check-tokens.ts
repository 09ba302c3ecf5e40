import { createAssignmentIds } from '../../src/token/ids.ts'
import { type Assignment, createTokens } from '../../src/token/token.ts'
import { createUnitHasher } from '../../src/token/unit.ts'

export const assignment: Assignment = {
  watch: false, shadow: true, experiment: 4_000_000_000, scope: 70_000, epoch: 12, variant: 19,
  unit: '00112233445566778899aabbccddeeff', propensity: 0.1, time: 1_767_225_600_123, id: '0123456789abcdef',
}

/** What a runtime makes of fixed inputs; all must agree, since a token from one is verified by another. */
export const checkTokens = () => {
  const tokens = createTokens([Buffer.from('a secret of thirty-two bytes, ok'), Buffer.alloc(32, 7)])
  const token = tokens.sign(assignment)
  return {
    token,
    verified: tokens.verify(token),
    forged: tokens.verify(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`),
    unit: createUnitHasher(Buffer.alloc(32, 1))('user', 'größe-😀'),
    idLength: createAssignmentIds()().length,
  }
}
