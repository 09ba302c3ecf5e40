import { describe, expect, it } from 'vitest'
import { candidateColour, candidateDashes, type Colour, colourTokens, inLightColours, palette } from './colours.ts'

/** Relative luminance of WCAG 2.2. */
const luminance = (hex: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
const contrast = (a: string, b: string): number => {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((one, other) => one - other)
  return (high + 0.05) / (low + 0.05)
}

describe.each([0, 1] as const)('theme %i', (theme) => {
  it.each(['better', 'worse'] as const)('%s is read on paper and panel', (colour) => {
    expect(contrast(palette[colour][theme], palette.paper[theme])).toBeGreaterThanOrEqual(6)
    expect(contrast(palette[colour][theme], palette.panel[theme])).toBeGreaterThanOrEqual(4.5)
  })

  it.each(['ink', 'quiet', 'control', 'variant-1', 'variant-2', 'variant-3'] satisfies Colour[])('words in %s are read', (colour) => {
    expect(contrast(palette[colour][theme], palette.paper[theme])).toBeGreaterThanOrEqual(4.5)
  })

  it.each(['control', 'variant-1', 'variant-2', 'variant-3'] as const)('words lie legibly on the tint of %s', (colour) => {
    const mixed = [1, 3, 5].map((at) => {
      const [over, under] = [palette[colour][theme], palette.paper[theme]].map((hex) => Number.parseInt(hex.slice(at, at + 2), 16)) as [number, number]
      return Math.round(0.4 * over + 0.6 * under).toString(16).padStart(2, '0')
    })
    expect(contrast(`#${mixed.join('')}`, palette.ink[theme])).toBeGreaterThanOrEqual(4.5)
  })
})

describe('colours', () => {
  it('tell seven candidates apart by hue and dashes', () => {
    const looks = Array.from({ length: 9 }, (_, place) => `${candidateColour(place)} ${candidateDashes(place)}`)
    expect(new Set(looks).size).toBe(9)
  })

  it('are all told to the stylesheet, for both themes', () => {
    for (const [name, [light, dark]] of Object.entries(palette)) {
      expect(colourTokens).toContain(`--${name}: ${light};`)
      expect(colourTokens).toContain(`--${name}: ${dark};`)
    }
  })

  it('are written out in what leaves the page', () => {
    expect(inLightColours('fill="var(--ink)" stroke="var(--variant-2)"')).toBe(`fill="${palette.ink[0]}" stroke="${palette['variant-2'][0]}"`)
  })
})
