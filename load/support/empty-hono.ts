import { serve } from '@hono/node-server'
import { Hono } from 'hono'

/** What the framework costs: one POST route that parses JSON and answers constant bytes (`ANSWER`). */
const answer = process.env['ANSWER'] ?? '{}'

const app = new Hono().get('/health', (c) => c.text('ok')).post('/empty', async (c) => {
  await c.req.json()
  return c.body(answer, 200, { 'content-type': 'application/json' })
})

serve({ fetch: app.fetch, port: Number(process.env['PORT']), hostname: '127.0.0.1' })
process.once('SIGTERM', () => process.exit(0))
