import type { Config } from '../config.ts'

/** What somebody who has just started the service wants to know: where it is, where to look, what to try. */
export const banner = (config: Config, port: number): string => {
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
  const data = config.databaseUrl === null ? (config.dataDir === 'memory:' ? 'in memory' : `data in ${config.dataDir}`) : 'data in PostgreSQL'
  const key = config.adminKey === null ? '' : ' -H "authorization: Bearer $ADMIN_KEY"'
  return [
    '',
    `  Contender is running at ${url}   (${data}; Ctrl-C ends it)`,
    `  Look   ${url}/        models and experiments`,
    `         ${url}/docs    every call, with what it takes and answers`,
    `  Try    curl -s ${url}/api/models${key} -H 'content-type: application/json' -d '{"key": "summarizer"}'`,
    '         and go on with "Use it" in the README; or npm run demo in another terminal',
    '',
    '',
  ].join('\n')
}
