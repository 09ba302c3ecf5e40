import { compileRule } from '../../../src/targeting/compile.ts'
import { checkTokens } from '../check-tokens.ts'
import { checkVectors } from '../check-vectors.ts'

/** Everything the edge does to answer an assignment, run inside workerd. */
export default {
  fetch: (): Response =>
    Response.json({
      vectors: checkVectors(),
      tokens: checkTokens(),
      rule: compileRule({ some: [{ var: 'tags' }, { in: [{ var: '' }, ['beta', 'staff']] }] })({ tags: ['new', 'beta'] }),
    }),
}
