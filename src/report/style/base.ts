/** Type, space, links, tables, forms and everything else that all pages share. Colours come as custom properties. */
export const base = `
:root { color-scheme: light dark; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink); background: var(--paper); overflow-wrap: break-word; }
.skip { position: absolute; left: -100vw; } .skip:focus { left: .5rem; top: .5rem; background: var(--paper); padding: .5rem; z-index: 1; }
.top { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: center; padding: .5rem 1.25rem; border-bottom: 1px solid var(--rule); }
.top nav { display: flex; flex-wrap: wrap; gap: 0 1rem; flex: 1; } .top nav a { white-space: nowrap; }
.top a { padding: .6rem 0; }
.brand { font-weight: 700; text-decoration: none; color: inherit; }
main { max-width: 66rem; margin: 0 auto; padding: 1.25rem 1.25rem 4rem; }
a { color: var(--better); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--better); outline-offset: 2px; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .75rem 0 1rem; text-wrap: balance; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { margin: .5rem 0; max-width: 48rem; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { text-align: left; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { font-weight: 600; }
td { overflow-wrap: anywhere; }
.listed td:not(.number) { min-width: 6rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.scroll { overflow-x: auto; }
.quiet { color: var(--quiet); }
.small { font-size: .85rem; }
.state { padding: .05rem .5rem; border-radius: 1rem; background: var(--panel); font-size: .85rem; white-space: nowrap; }
.pill { font-weight: 600; white-space: nowrap; color: var(--quiet); }
.pill.good { color: var(--better); } .pill.bad { color: var(--worse); }
.card { background: var(--panel); border: 1px solid var(--rule); border-radius: .5rem; padding: 1rem 1.25rem; margin: 1.25rem 0; }
.card > :first-child { margin-top: 0; } .card > :last-child { margin-bottom: 0; }
.note, .problem { border-left: .25rem solid var(--better); padding: .25rem 0 .25rem .75rem; }
.problem { border-color: var(--worse); }
code, pre { font: .85rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { overflow-x: auto; padding: .75rem; background: var(--panel); border-radius: .4rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.verb { display: inline-block; min-width: 3.6rem; font-weight: 700; text-transform: uppercase; }
details { margin: .5rem 0; }
summary { cursor: pointer; padding: .4rem 0; }
form.inline { display: inline; }
form.stacked { display: grid; gap: .75rem; max-width: 32rem; } form.stacked > button { justify-self: start; }
input, select, textarea, button, .button { font: inherit; color: inherit; background: var(--paper); padding: .55rem .9rem; min-height: 44px; border: 1px solid var(--quiet); border-radius: .4rem; }
input.wide { width: 100%; }
button, .button { cursor: pointer; display: inline-block; text-decoration: none; }
button.strong, .button.strong { background: var(--better); border-color: var(--better); color: var(--paper); font-weight: 600; }
button.danger, .button.danger { border-color: var(--worse); color: var(--worse); font-weight: 600; }
button.plain { border: 0; background: none; color: var(--better); text-decoration: underline; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
@media (max-width: 40rem) {
  .top { font-size: .9rem; gap: 0 .9rem; padding: .35rem 1.25rem; } .top nav { gap: 0 .7rem; }
  h1 { font-size: 1.35rem; }
  .listed thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .listed, .listed caption, .listed tbody, .listed tr, .listed td, .listed th { display: block; }
  .listed tr { padding: .6rem 0; border-bottom: 1px solid var(--rule); }
  .listed td, .listed th { padding: .1rem 0; border: 0; text-align: left; }
  .listed td[data-label]::before { content: attr(data-label) ": "; color: var(--quiet); }
}
@media print {
  :root { color-scheme: light; }
  .top, .actions, .skip, button, .button, form { display: none !important; }
  :root { font-size: 12.5px; } body { font-size: 1rem; } h2 { margin-top: 1.5rem; } h2, h3, caption { break-after: avoid; }
  main { max-width: none; padding: 0; }
  a { color: inherit; text-decoration: none; }
  table, figure, .card { break-inside: avoid; }
}
`
