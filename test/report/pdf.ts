import { inflateSync } from 'node:zlib'

/** Objects of a PDF as Chromium writes them: by number, what they say and what stream they hold. */
const objectsOf = (file: Buffer): Map<number, { head: string; stream: string }> => {
  const text = file.toString('latin1')
  return new Map([...text.matchAll(/(?:^|\n)(\d+) 0 obj\s([\s\S]*?)\nendobj/g)].map(([, number, body = '']) => {
    const start = /stream\r?\n/.exec(body)
    if (!start) return [Number(number), { head: body, stream: '' }]
    const [head, raw] = [body.slice(0, start.index), Buffer.from(body.slice(start.index + start[0].length, body.lastIndexOf('endstream')), 'latin1')]
    return [Number(number), { head, stream: (head.includes('/FlateDecode') ? inflateSync(raw) : raw).toString('latin1') }]
  }))
}

const letter = (hex: string): string => Buffer.from(hex, 'hex').swap16().toString('utf16le')

/** What the glyphs of a font stand for, from its ToUnicode map. */
const lettersOf = (map: string): Map<number, string> => {
  const letters = new Map<number, string>()
  for (const [, block = ''] of map.matchAll(/beginbfchar([\s\S]*?)endbfchar/g)) {
    for (const [, glyph = '', to = ''] of block.matchAll(/<(\w+)>\s*<(\w+)>/g)) letters.set(parseInt(glyph, 16), letter(to))
  }
  for (const [, block = ''] of map.matchAll(/beginbfrange([\s\S]*?)endbfrange/g)) {
    for (const [, from = '', until = '', to = ''] of block.matchAll(/<(\w+)>\s*<(\w+)>\s*<(\w+)>/g)) {
      for (let glyph = parseInt(from, 16); glyph <= parseInt(until, 16); glyph++) letters.set(glyph, String.fromCodePoint(parseInt(to, 16) + glyph - parseInt(from, 16)))
    }
  }
  return letters
}

/** The pages of a PDF that Chromium printed, as the text on each, without spaces: where words stand apart is not written in it. */
export const pagesOf = (file: Buffer): string[] => {
  const objects = objectsOf(file)
  const reference = (head: string, name: string): number => Number(new RegExp(`/${name} (\\d+) 0 R`).exec(head)?.[1])
  const fonts = new Map([...objects].filter(([, { head }]) => head.includes('/Type /Font\n') || /\/Type\s*\/Font\b(?!D)/.test(head))
    .map(([number, { head }]) => [number, lettersOf(objects.get(reference(head, 'ToUnicode'))?.stream ?? '')]))
  return [...objects.values()].filter(({ head }) => /\/Type\s*\/Page\b(?!s)/.test(head)).map(({ head }) => {
    const content = objects.get(reference(head, 'Contents'))?.stream ?? ''
    let font = new Map<number, string>()
    return [...content.matchAll(/\/F(\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>/g)].map(([, name, glyphs]) => {
      if (name !== undefined) font = fonts.get(Number(name)) ?? new Map()
      return (glyphs?.match(/.{4}/g) ?? []).map((glyph) => font.get(parseInt(glyph, 16)) ?? '').join('')
    }).join('').replaceAll(/\s/g, '')
  })
}
