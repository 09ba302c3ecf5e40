import type { TestApp } from '../http/support.ts'
import { look } from './look.ts'

/** A model by this key, and what its champion's watch alarms: of every answer the yes-or-no metric says that it failed. */
export const addAlarmed = async ({ must, service }: TestApp, key: string, metric: string): Promise<void> => {
  await must('POST', '/api/models', { key, watch: { metrics: [metric], limits: { [metric]: 0.1 } } })
  await must('POST', `/api/models/${key}/versions`, { version: '1' })
  await must('PUT', `/api/models/${key}/champion`, { version: '1', reason: 'first' })
  const requests = Array.from({ length: 300 }, (_, unit) => ({ model: key, unit: `unit-${unit}` }))
  const { results } = (await must('POST', '/assign/batch', { requests })) as { results: { token: string }[] }
  await must('POST', '/outcome/batch', { outcomes: results.map(({ token }) => ({ token, measures: { [metric]: true } })) })
  await look(service.database.engine)
}
