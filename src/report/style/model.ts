/** Pages of a model and of a decision. */
export const modelStyle = `
.card > h2:first-child { font-size: 1.15rem; }
.version { border-top: 1px solid var(--rule); margin: 0; padding: .3rem 0; }
.version > summary { padding: .6rem 0; }
.version[open] { padding-bottom: 1rem; }
.state.strong { background: var(--better); color: var(--paper); }
.state.alarm { background: var(--worse); color: var(--paper); }
.columns { display: grid; grid-template-columns: 1fr 1fr; gap: 0 2.5rem; } .columns > * { min-width: 0; }
.columns h3 { margin: .75rem 0 0; }
.facts dd { min-width: 0; overflow-wrap: anywhere; }
.diff { margin: .5rem 0 1rem; } .diff td:first-child { width: 25%; }
.verdicts { list-style: none; margin: .5rem 0; padding: 0; }
.hash { font-size: .8rem; overflow-wrap: anywhere; }
@media (max-width: 40rem) { .columns { grid-template-columns: 1fr; } .diff td:first-child { width: auto; } }
`
