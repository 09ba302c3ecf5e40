/** Pages that ask once more before something is done, and the dialog that shows them in place. */
export const act = `
.confirm { max-width: 44rem; margin: 0 auto; }
.facts { margin: .75rem 0 1.25rem; }
.facts > div { display: grid; grid-template-columns: 9rem 1fr; gap: .25rem 1rem; padding: .45rem 0; border-top: 1px solid var(--rule); }
.facts > div:first-child { border-top: 0; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; }
.problem .facts { margin: .25rem 0; }
.problem .facts > div { padding: .15rem 0; border: 0; }
.confirm .stacked { max-width: none; }
.field { display: grid; gap: .35rem; }
.field textarea { width: 100%; }
[aria-invalid="true"] { border-color: var(--worse); }
fieldset { border: 1px solid var(--rule); border-radius: .5rem; padding: .5rem 1rem .75rem; margin: 0; min-width: 0; }
legend { font-weight: 600; padding: 0 .25rem; }
.choice { display: grid; grid-template-columns: auto 1fr; gap: .75rem; align-items: start; padding: .6rem 0; cursor: pointer; }
.choice + .choice { border-top: 1px solid var(--rule); }
.choice input { width: 1.25rem; height: 1.25rem; min-height: 0; margin: .15rem 0 0; accent-color: var(--better); }
button.danger { background: var(--worse); color: var(--paper); }
dialog { background: var(--paper); color: var(--ink); border: 1px solid var(--rule); border-radius: .75rem; padding: 1.25rem 1.5rem; width: min(46rem, calc(100vw - 2rem)); max-height: calc(100dvh - 2rem); overflow: auto; }
dialog::backdrop { background: rgb(0 0 0 / .5); }
dialog h1 { margin-top: 0; }
@media (max-width: 40rem) { .facts > div { grid-template-columns: 1fr; gap: 0; } }
`
