/** The form for an experiment. */
export const define = `
.define { display: grid; grid-template-columns: minmax(0, 1fr) 21rem; gap: 2rem; align-items: start; }
.defined { display: grid; gap: 1.25rem; min-width: 0; }
.defined h2 { margin: .5rem 0; }
.beside { position: sticky; top: 1rem; display: grid; gap: .75rem; min-width: 0; }
.beside .card { margin: 0; }
.beside h2 { margin-top: 0; } .beside h3 { margin-top: 1rem; }
.beside .facts > div { grid-template-columns: 1fr 1fr; }
.beside .facts dd { text-align: right; font-variant-numeric: tabular-nums; }
.cells { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: .75rem 1rem; align-items: start; }
.field { align-content: start; min-width: 0; }
.field.wide { grid-column: 1 / -1; }
.field > label { font-size: .9rem; }
.field input, .field select, .field textarea { width: 100%; min-width: 0; }
.field [type=datetime-local] { max-width: 15rem; }
.field p { margin: 0; }
.wrong { color: var(--worse); font-size: .9rem; font-weight: 600; }
.code { font: .85rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
.row .cells { grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); } .row.broad .cells { grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); }
legend .quiet { font-weight: 400; }
.advanced[open] { display: grid; gap: .75rem; } .advanced .field + .field { margin-top: .75rem; }
.cells + .actions, .beside .actions { margin-top: .75rem; }
.actions .box + .box { border: 0; margin-left: .75rem; }
.row + .row { margin-top: .75rem; } .row + button { margin-top: .75rem; }
.row .box { align-self: end; white-space: nowrap; }
.box { padding: .35rem 0; align-items: center; } .choice + .box { border: 0; }
.box input { margin: 0; }
::placeholder { color: var(--quiet); opacity: 1; }
[readonly] { background: var(--panel); }
[hidden] { display: none; }
@media (max-width: 60rem) { .define { grid-template-columns: minmax(0, 1fr); } .beside { position: static; } }
`
