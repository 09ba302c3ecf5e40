/** The one stylesheet of the plain pages. */
export const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --link: #1a5fb4; }
@media (prefers-color-scheme: dark) { :root { --link: #78aeed; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
header { display: flex; gap: 1.5rem; align-items: baseline; padding: .75rem 1.25rem; border-bottom: 1px solid var(--line); }
header nav { display: flex; gap: 1rem; }
.brand { font-weight: 700; text-decoration: none; color: inherit; }
main { max-width: 64rem; margin: 0 auto; padding: 1.25rem; }
a { color: var(--link); }
h1 { font-size: 1.5rem; margin: .5rem 0 1rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; }
td { overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
.state { padding: .05rem .5rem; border-radius: 1rem; background: var(--soft); font-size: .85rem; }
.quiet { opacity: .75; }
code, pre { font: .85rem/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem; background: var(--soft); border-radius: .4rem; }
.verb { display: inline-block; min-width: 3.6rem; font-weight: 700; text-transform: uppercase; }
details { margin: .5rem 0; }
summary { cursor: pointer; }
form { display: grid; gap: .75rem; max-width: 28rem; }
input, button { font: inherit; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .4rem; }
button { cursor: pointer; }
.problem { border-left: .25rem solid #c01c28; padding-left: .75rem; }
@media (max-width: 40rem) {
  .listed thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .listed, .listed tbody, .listed tr, .listed td { display: block; }
  .listed tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  .listed td { padding: .1rem 0; border: 0; }
  .listed td[data-label]::before { content: attr(data-label) ": "; opacity: .75; }
}
`
