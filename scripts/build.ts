import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What an installed package runs: the sources compiled into dist/, and the migrations beside them. */
const root = fileURLToPath(new URL('..', import.meta.url))
execFileSync('tsc', ['-p', 'src'], { cwd: root, stdio: 'inherit' })
cpSync(`${root}/drizzle`, `${root}/dist/drizzle`, { recursive: true })
