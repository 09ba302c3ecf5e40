import { describe, expect, it } from 'vitest'
import { createVault } from './vault.ts'

const [one, two] = ['a secret of tokens, of thirty-two', 'another secret of tokens, as long']

describe('a vault', () => {
  it('seals so that the text does not show, and only its key opens', () => {
    const sealed = createVault([one]).seal('whsec_abc')
    expect(sealed).not.toContain('abc')
    expect(createVault([one]).seal('whsec_abc')).not.toBe(sealed)
    expect(createVault([one]).open(sealed)).toEqual({ secret: 'whsec_abc', current: true })
    expect(createVault([two]).open(sealed)).toBeNull()
    expect(createVault(null).open(sealed)).toBeNull()
  })

  it('goes on opening what the key before has sealed, and says that it is old', () => {
    const sealed = createVault([one]).seal('whsec_abc')
    expect(createVault([two, one]).open(sealed)).toEqual({ secret: 'whsec_abc', current: false })
  })

  it('keeps the text as it is where there is no key, until there is one', () => {
    const kept = createVault(null).seal('whsec_a.b=')
    expect(createVault(null).open(kept)).toEqual({ secret: 'whsec_a.b=', current: true })
    expect(createVault([one]).open(kept)).toEqual({ secret: 'whsec_a.b=', current: false })
  })

  it('opens nothing that was changed', () => {
    const vault = createVault([one])
    const [kind, id, text = ''] = vault.seal('whsec_abc').split('.')
    const bytes = Buffer.from(text, 'base64url')
    for (let index = 0; index < bytes.length; index++) {
      const flipped = Buffer.from(bytes)
      flipped[index]! ^= 1
      expect(vault.open(`${kind}.${id}.${flipped.toString('base64url')}`)).toBeNull()
    }
    for (const nothing of ['', 'aes', `aes.${id}.`, `aes.${id}.AA`]) expect(vault.open(nothing)).toBeNull()
  })
})
