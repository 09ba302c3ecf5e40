import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { parseAllDocuments } from 'yaml'
import { Refused } from '../../client/api.ts'
import { exits, Failure } from './failure.ts'

/** A document with lists, as far as anybody knows before the service has seen it. */
type Lists = Record<string, unknown[]>

/** Several files as one declaration, and where each part of it came from. */
export type Gathered = { declared: Lists; origin(path: string): string }

/** Documents of a file of YAML, of which JSON is a part. @throws {Failure} naming the line */
const documentsOf = (file: string, content: string): unknown[] =>
  parseAllDocuments(content).map((document) => {
    const [error] = document.errors
    if (error) throw new Failure('is neither YAML nor JSON', { where: `${file}: ${error.message.split('\n')[0]}`, exit: exits.usage, cause: error })
    // aliases that multiply would be a bomb
    return document.toJS({ maxAliasCount: 100 }) as unknown
  })

const read = async (file: string): Promise<string> => {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    throw new Failure('cannot be read', { where: file, fix: 'name files of YAML or JSON, or - for standard input', exit: exits.usage, cause: error })
  }
}

const isLists = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Read what files declare together. Lists of the same name follow each other. @throws {Failure} naming file and line */
export const gather = async (files: readonly string[]): Promise<Gathered> => {
  const declared: Lists = {}
  const origins = new Map<string, string>()
  for (const file of files) {
    const name = file === '-' ? 'standard input' : file
    for (const document of documentsOf(name, await read(file))) {
      if (document === null) continue
      if (!isLists(document)) throw new Failure('expected lists: metrics, models, experiments', { where: name, exit: exits.usage })
      for (const [list, items] of Object.entries(document)) {
        if (!Array.isArray(items)) throw new Failure(`${list}: expected a list`, { where: name, exit: exits.usage })
        const together = (declared[list] ??= [])
        items.forEach((item, index) => {
          origins.set(`${list}[${together.length}]`, `${name}: ${list}[${index}]`)
          together.push(item)
        })
      }
    }
  }
  return { declared, origin: (path) => path.replace(/^\w+\[\d+\]/, (part) => origins.get(part) ?? part) }
}

/** What the service refused, told of the files that say it. */
export const inFiles = (error: unknown, { origin }: Gathered): unknown => {
  if (!(error instanceof Refused) || error.errors.length === 0) return error
  const lines = error.errors.map(({ path, message }) => `${origin(path)} ${message}`)
  const what = error.code === 'drift' ? 'what is there differs and cannot be made as declared; nothing was changed' : 'nothing was changed: not everything is as it should be'
  return new Failure(what, { where: error.call, more: lines, exit: error.status === 409 ? exits.no : exits.usage, cause: error })
}
