/** The overview, and parts that other lists share with it. */
export const homeStyle = `
ul.plain { list-style: none; margin: 0; padding: 0; }
.filters { display: flex; flex-wrap: wrap; gap: .4rem; margin: 0 0 1.5rem; }
.filters a { padding: .55rem .9rem; min-height: 44px; border: 1px solid var(--rule); border-radius: 2rem; text-decoration: none; color: inherit; }
.filters a[aria-current] { border-color: var(--ink); font-weight: 600; }
.needs { display: grid; gap: .75rem; }
.need { border: 1px solid var(--rule); border-left: .3rem solid var(--better); border-radius: .4rem; padding: .6rem 1rem .7rem; background: var(--panel); }
.need.urgent { border-left-color: var(--worse); }
.need h2 { margin: 0 0 .2rem; font-size: 1rem; } .need h2 .quiet { font-weight: 400; font-size: .85rem; margin-left: .35rem; }
.need li { display: grid; grid-template-columns: 8.5rem 1fr auto; gap: .25rem 1rem; padding: .3rem 0; align-items: baseline; }
.need li + li { border-top: 1px solid var(--rule); }
.pill.asks { color: var(--better); }
.experiments th:nth-child(1) { width: 19%; } .experiments th:nth-child(2) { width: 27%; } .experiments th:nth-child(3) { width: 18%; }
.experiments td { padding-top: .8rem; padding-bottom: .8rem; }
.allocation { max-width: 16rem; } .allocation > svg { display: block; border-radius: .2rem; margin: .45rem 0 .3rem; }
.allocation ul { display: flex; flex-wrap: wrap; gap: 0 .75rem; } .allocation li { max-width: 100%; }
.clamped { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
pre code { user-select: all; }
@media (max-width: 40rem) {
  .need li { grid-template-columns: 1fr; gap: .1rem; }
  .need li a { padding: .5rem 0; }
  .experiments td { padding-top: .15rem; padding-bottom: .15rem; }
}
@media print { .filters { display: none; } }
`
