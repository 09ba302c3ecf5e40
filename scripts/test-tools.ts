import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Programs the suite starts, by the Debian package that holds them. */
const tools = [
  { program: 'redis-server', package: 'redis-server', found: () => spawnSync('redis-server', ['--version']).status === 0 },
  {
    program: 'chromium',
    package: 'chromium',
    found: () => existsSync(process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'),
  },
]

const missing = tools.filter((tool) => !tool.found()).map((tool) => tool.package)
if (missing.length > 0) {
  const isRoot = process.getuid?.() === 0
  if (!isRoot || !existsSync('/usr/bin/apt-get')) {
    console.error(`the tests start ${missing.join(' and ')}, not found here\n  fix: sudo apt-get install ${missing.join(' ')}`)
    process.exit(1)
  }
  console.error(`installing ${missing.join(' and ')} for the tests …`)
  const options = { stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  execFileSync('apt-get', ['update', '-qq'], options)
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], options)
}
