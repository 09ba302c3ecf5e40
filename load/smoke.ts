import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startServer } from './support/servers.ts'

/** Where k6 is, building it when only Go is here; null when it can not be had. */
const findK6 = (): string | null => {
  if (spawnSync('k6', ['version']).status === 0) return 'k6'
  const path = spawnSync('go', ['env', 'GOPATH'], { encoding: 'utf8' })
  if (path.status !== 0) return null
  const built = join(path.stdout.trim(), 'bin', 'k6')
  if (!existsSync(built)) {
    console.error('building k6 …')
    if (spawnSync('go', ['install', 'go.k6.io/k6@latest'], { stdio: 'ignore', timeout: 600_000 }).status !== 0) return null
  }
  return existsSync(built) ? built : null
}

const k6 = findK6()
if (k6 === null) {
  console.log('load smoke: left out, k6 can not be had here')
} else {
  const server = await startServer('src/entry/node.ts', '/ready', { DATA_DIR: 'memory:' })
  try {
    for (const script of ['assign', 'outcome', 'mixed']) {
      execFileSync(k6, ['run', '--quiet', '--no-usage-report', join(import.meta.dirname, 'k6', `${script}.js`)], {
        stdio: ['ignore', 'inherit', 'inherit'],
        env: { ...process.env, CONTENDER_URL: server.url, CONTENDER_LOAD: 'smoke' },
      })
      console.log(`load smoke: ${script} ok`)
    }
  } finally {
    await server.stop()
  }
}
