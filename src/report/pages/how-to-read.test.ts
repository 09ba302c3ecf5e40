import { describe, expect, it } from 'vitest'
import { howToRead } from './how-to-read.ts'

describe('how to read', () => {
  it('explains every pill, and says nothing that nobody can know', async () => {
    const text = String(await howToRead()).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
    for (const word of ['Better', 'Worse', 'Safe', 'Harmful', 'Not decided', 'Too early', 'No traffic', 'No outcomes', 'Not computed', 'On hold']) expect(text).toContain(word)
    expect(text).toContain('Across many experiments, such ranges stay right at least 95 % of the time, whenever you look.')
    expect(text).not.toMatch(/95 % chance|confirmed|\bproves|no difference|trending|almost significant/i)
  })

  it('shows how often intervals err, as a drawing and as numbers', async () => {
    const page = String(await howToRead())
    expect(page).toContain('<figure')
    expect(page).toMatch(/<summary>Data as a table<\/summary>.*44\.9 % \(/s)
    expect(page).not.toMatch(/ style=|<script/)
  })
})
