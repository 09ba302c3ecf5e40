import { createServer } from 'node:http'

/** What Node itself costs: read the body, parse it, answer constant bytes (`ANSWER`). */
const answer = process.env['ANSWER'] ?? '{}'

createServer((request, response) => {
  if (request.method === 'GET') return void response.end('ok')
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString())
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) })
    response.end(answer)
  })
}).listen(Number(process.env['PORT']), '127.0.0.1')
process.once('SIGTERM', () => process.exit(0))
