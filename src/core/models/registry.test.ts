import { describe, expect, it } from 'vitest'
import { artifactOf, registeredVersion, stepOf } from './registry.ts'

describe('what is done about the alias of a registry', () => {
  it('is nothing where it says what we serve, whoever wrote it', () => {
    expect(stepOf({ ours: '3', written: '2', observed: '3' })).toEqual({ does: 'nothing' })
    expect(stepOf({ ours: '3', written: null, observed: '3' })).toEqual({ does: 'nothing' })
  })

  it('is a write where nobody else has touched it', () => {
    expect(stepOf({ ours: '3', written: '2', observed: '2' })).toEqual({ does: 'write', version: '3', previous: '2' })
    expect(stepOf({ ours: '3', written: null, observed: null })).toEqual({ does: 'write', version: '3', previous: null })
    expect(stepOf({ ours: '3', written: '2', observed: null })).toEqual({ does: 'write', version: '3', previous: '2' })
  })

  it('is drift where somebody moved it, or had set it before us', () => {
    expect(stepOf({ ours: '3', written: '3', observed: '7' })).toEqual({ does: 'drift' })
    expect(stepOf({ ours: '3', written: '2', observed: '7' })).toEqual({ does: 'drift' })
    expect(stepOf({ ours: '3', written: null, observed: '7' })).toEqual({ does: 'drift' })
  })
})

describe('a record that was imported', () => {
  it('names its version of the registry, and no other does', () => {
    expect(registeredVersion({ artifact: artifactOf('a/b', '12') }, 'a/b')).toBe('12')
    for (const artifact of ['models:/other/12', 'models:/a/b/latest', 's3://bucket/a/b/12']) expect(registeredVersion({ artifact }, 'a/b')).toBeNull()
    expect(registeredVersion({}, 'a/b')).toBeNull()
  })
})
