import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Version = { status?: string; run?: string; user?: string }

/** A registry that answers the documented calls of MLflow's REST API, and of which tests see and move everything. */
export type RegistryServer = {
  url: string
  aliases: Map<string, string>
  tags: Map<string, Record<string, string>>
  /** Calls that changed something, in order. */
  writes: string[]
  /** `hang`: accepts and never answers. */
  behave(how: 'well' | 'hang' | 'fail'): void
  close(): Promise<void>
}

const send = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
const refuse = (response: ServerResponse, code: string): void => send(response, code === 'RESOURCE_DOES_NOT_EXIST' ? 404 : 400, { error_code: code, message: 'no such thing' })

/** Serve one registered model `name` with these versions. */
export const startRegistry = async (name: string, versions: Record<string, Version>): Promise<RegistryServer> => {
  const aliases = new Map<string, string>()
  const tags = new Map<string, Record<string, string>>()
  const writes: string[] = []
  let mode: 'well' | 'hang' | 'fail' = 'well'

  const versionOf = (version: string) => {
    const { status = 'READY', run, user = 'ada' } = versions[version]!
    return { model_version: { name, version, status, creation_timestamp: 1_760_000_000_000, user_id: user, ...(run && { run_id: run }) } }
  }
  const answer = (call: string, fields: Record<string, string>, response: ServerResponse): void => {
    const { version = '', alias = '' } = fields
    if (call !== 'GET runs/get' && fields['name'] !== name) return refuse(response, 'RESOURCE_DOES_NOT_EXIST')
    switch (call) {
      case 'GET model-versions/get': return versions[version] ? send(response, 200, versionOf(version)) : refuse(response, 'RESOURCE_DOES_NOT_EXIST')
      case 'GET registered-models/alias': return aliases.has(alias) ? send(response, 200, versionOf(aliases.get(alias)!)) : refuse(response, 'INVALID_PARAMETER_VALUE')
      case 'GET runs/get': return send(response, 200, {
        run: {
          data: {
            metrics: [{ key: 'f1', value: 0.81 }, { key: 'broken', value: 'NaN' }], params: [{ key: 'epochs', value: '3' }],
            tags: [{ key: 'mlflow.source.git.commit', value: 'abc123' }],
          },
          inputs: { dataset_inputs: [{ dataset: { name: 'tickets', digest: 'd1' } }] },
        },
      })
      case 'POST registered-models/alias':
        if (!versions[version]) return refuse(response, 'RESOURCE_DOES_NOT_EXIST')
        aliases.set(alias, version)
        writes.push(`${alias} → ${version}`)
        return send(response, 200, {})
      case 'POST model-versions/set-tag':
        tags.set(version, { ...tags.get(version), [fields['key'] ?? '']: fields['value'] ?? '' })
        writes.push(`${version}: ${fields['key']}`)
        return send(response, 200, {})
      default: return refuse(response, 'ENDPOINT_NOT_FOUND')
    }
  }

  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      if (mode === 'hang') return
      if (mode === 'fail') return send(response, 500, { error_code: 'INTERNAL_ERROR' })
      const url = new URL(request.url ?? '', 'http://registry')
      const fields = request.method === 'GET' ? Object.fromEntries(url.searchParams) : (JSON.parse(body) as Record<string, string>)
      answer(`${request.method} ${url.pathname.replace('/api/2.0/mlflow/', '')}`, fields, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    aliases, tags, writes,
    behave: (how) => void (mode = how),
    close: () => new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    }),
  }
}
