import { answers } from '../statistics-answers.ts'

export default { fetch: (): Response => Response.json(answers()) }
