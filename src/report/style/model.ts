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
.verdict { display: inline-block; margin-right: 1.25rem; }
#registry + div .pill { white-space: normal; }
.tall { max-height: 32rem; overflow: auto; }
.timeline td:first-child { width: 9rem; white-space: nowrap; } .timeline .harm td { font-weight: 600; }
.hash { font-size: .8rem; overflow-wrap: anywhere; }
@media print { .tall { max-height: none; } }
@media (max-width: 40rem) { .timeline td:first-child { width: auto; } .columns { grid-template-columns: 1fr; } .diff td:first-child { width: auto; } }
`
