import { describe, expect, it } from 'vitest'
import { tidied } from './tidy.ts'

const raw = (painter: number): string => `<svg width="9" height="9" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">
<rect width="9" height="9" x="0" y="0" fill="none"></rect>
<text style="font-size:12px;font-family:sans-serif;" transform="translate(42 87.3333)" fill="var(--variant-1)" class="zr${painter}-cls-0">+1.25 &lt;b&gt;</text>
<g clip-path="url(#zr${painter}-c1)">
<path d="M50.123 20L-0.04 1e-7L60 9.96" pointer-events="visible" ecmeta_series_index="0" fill="none"></path>
</g>
<defs >
<clipPath id="zr${painter}-c1">
<path d="M0 0" fill="#000"></path>
</clipPath>
</defs>
<style ><![CDATA[
.zr${painter}-cls-0:hover { fill:red; }
]]></style>
</svg>`

describe('tidied', () => {
  it('leaves geometry, words and colours, and nothing that a strict policy refuses', () => {
    expect(tidied(raw(0), 'x')).toBe(
      '<text font-size="12" transform="translate(42 87.3)" fill="var(--variant-1)">+1.25 &lt;b&gt;</text>' +
      '<g clip-path="url(#x-0)"><path d="M50.1 20L0 0L60 10" fill="none"/></g>' +
      '<defs><clipPath id="x-0"><path d="M0 0" fill="#000"/></clipPath></defs>',
    )
  })

  it('gives the same bytes whatever the process drew before', () => {
    expect(tidied(raw(7), 'x')).toBe(tidied(raw(123), 'x'))
  })
})
