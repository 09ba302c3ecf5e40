import { compileRule } from '../../../src/targeting/compile.ts'
import { checkVectors } from '../check-vectors.ts'

/** The client's part of assignment, run by a page. The test reads the answer from the document. */
document.body.textContent = JSON.stringify({
  vectors: checkVectors(),
  rule: compileRule({ '==': [{ var: 'plan' }, 'pro'] })({ plan: 'pro' }),
})
