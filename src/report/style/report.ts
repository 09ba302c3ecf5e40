/** The report page: head, card, forest, health, segments, ledger; narrow and printed, too. */
export const reportStyle = `
.headline { margin: .5rem 0 0; max-width: none; }
.headline a { color: inherit; }
.sub { font-size: 1.05rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.toolbar { margin: .75rem 0 1rem; align-items: flex-start; }
.toolbar .acts { display: flex; flex-wrap: wrap; gap: .5rem; margin-left: auto; }
.menu { position: relative; margin: 0; }
.menu > summary { list-style: none; padding: .55rem .9rem; } .menu > summary::-webkit-details-marker { display: none; }
.menu > summary::after { content: " ▾"; }
.menu > ul { position: absolute; z-index: 2; margin: .25rem 0 0; padding: .25rem; list-style: none; min-width: 14rem; background: var(--paper); border: 1px solid var(--rule); border-radius: .4rem; }
.menu li > a { display: flex; align-items: center; min-height: 44px; padding: .25rem .6rem; border: 0; width: 100%; }
.acts .menu > ul { right: 0; }
.small-head { font-size: 1rem; margin: 1rem 0 .25rem; }
.checklist { list-style: none; margin: .25rem 0; padding: 0; }
.checklist li { display: grid; grid-template-columns: 1.6rem 1fr; padding: .15rem 0; }
.checklist .met .tick { color: var(--better); font-weight: 700; }
.current, .needed { color: var(--ink); font-weight: 600; }
.forest-table { margin: .5rem 0 1.5rem; }
.forest-table caption { padding: .5rem 0; }
.forest-table tbody + tbody .group > * { padding-top: 1.1rem; }
.forest-table td, .forest-table th { vertical-align: middle; }
.forest-table tbody th { font-weight: 600; }
.forest-table .group > * { border-bottom: 0; vertical-align: bottom; padding-bottom: 0; }
.forest-table .group th .small { font-weight: 400; display: block; }
.forest-table .markcell { width: 19rem; padding-top: 0; padding-bottom: 0; }
.guarded .markcell { width: 15rem; }
.guarded th, .guarded td { padding-right: .5rem; } .guarded thead th:first-child { width: 6rem; }
.forest-table .apart ul { list-style: none; margin: 0; padding: 0 0 .2rem; font-size: .9rem; } .forest-table .apart li { padding: .1rem 0; }
.forest-table .apart .fails { font-weight: 600; } .forest-table tr:has(+ .apart) > * { border-bottom: 0; }
.forest-table tbody th .small { display: block; font-weight: 400; }
.estimate { font-weight: 600; } .range { white-space: nowrap; }
.left, .allowed, .worst { white-space: normal; }
.health-line { font-size: 1.05rem; }
.failing { border-left: .25rem solid var(--worse); padding-left: .75rem; margin: .75rem 0 1rem; }
.failing h3 { margin-top: 0; }
.narrow-table { width: auto; } .narrow-table th, .narrow-table td { padding-right: 1.5rem; }
.help { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .5rem 0; }
.help dt { color: var(--quiet); } .help dd { margin: 0; overflow-wrap: anywhere; }
.ledger { list-style: none; padding: 0; margin: .5rem 0; }
.entry { border-top: 1px solid var(--rule); padding: .6rem 0 .4rem 2.4rem; position: relative; scroll-margin-top: 3rem; }
.entry:target { background: var(--panel); }
.entry p { margin: .15rem 0; }
.entry .seq { position: absolute; left: 0; min-width: 1.6rem; height: 1.6rem; padding: 0 .25rem; border: 1.5px solid currentColor; border-radius: 1rem; text-align: center; font-size: .8rem; line-height: 1.45rem; }
.entry.held .seq { border-style: dashed; color: var(--quiet); }
.printed { display: none; }
.entry.moves summary { padding: .1rem 0; } .moves .ledger { margin: .5rem 0 .75rem; }
.moves .entry { padding-left: 0; }
.inputs { max-height: 22rem; overflow: auto; }
.banner { background: var(--panel); padding: .6rem .75rem; }
.copy { float: right; position: relative; min-height: 36px; padding: .2rem .6rem; margin: .35rem .35rem -44px 0; }
pre[data-copy] { padding-right: 5.5rem; min-height: 3rem; }
@media screen and (max-width: 60rem) { .guarded .markcell { width: 11rem; } .forest-table .markcell { width: 13rem; } }
@media (max-width: 40rem) { .toolbar .button, .toolbar button { padding: .55rem .65rem; } }
@media screen and (max-width: 52rem) {
  .forest-table, .forest-table tbody, .forest-table tr, .forest-table td, .forest-table th, .forest-table caption { display: block; width: auto; }
  .forest-table thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .forest-table tr { border-bottom: 1px solid var(--rule); padding: .6rem 0; }
  .forest-table td, .forest-table th { border: 0; padding: .1rem 0; text-align: left; }
  .forest-table td.number { display: grid; grid-template-columns: 9rem 1fr; white-space: normal; }
  .forest-table td.number br { display: none; }
  .forest-table td[data-label]::before { content: attr(data-label); color: var(--quiet); }
  .forest-table td[data-label="Verdict"] { display: grid; grid-template-columns: 9rem 1fr; }
  .forest-table .number > * { grid-column: 2; }
  .forest-table .markcell, .guarded .markcell { width: 100%; }
  .forest-table .forest { max-width: none; }
  .forest-table .group { border: 0; padding-bottom: 0; } .forest-table .group td:last-child { display: none; }
  .narrow-table { width: 100%; } .narrow-table th, .narrow-table td { padding-right: .5rem; }
  .help { grid-template-columns: 1fr; } .help dd { margin-bottom: .4rem; }
  .toolbar .acts { margin-left: 0; }
  .menu > ul, .acts .menu > ul { right: auto; left: 0; max-width: 80vw; }
}
@media print {
  details::details-content { content-visibility: visible; block-size: auto; }
  .menu, .others { display: none; }
  .inputs, .chart-figure .scroll { max-height: none; overflow: visible; }
  section, .entry, .chart-figure, .chart-figure table { break-inside: auto; } tr, .chart, .entry > p { break-inside: avoid; }
  .forest-table .markcell { width: 16rem; } .guarded .markcell { width: 12rem; } .guarded { font-size: .9rem; }
  .forest-table tr { break-after: avoid; } .forest-table tr:last-child { break-after: auto; }
  .chart-figure table, .statistics table, .segments table { font-size: 7pt; } .chart-figure th, .chart-figure td { padding: .05rem .5rem .05rem 0; }
  .inputs, #setup ~ details pre { columns: 2; font-size: 6pt; line-height: 1.3; padding: .4rem; background: none; border: 1px solid var(--rule); }
  .moves details > * { display: none; } .moves details > summary { display: block; list-style: none; }
  .copy, .news { display: none; } .printed { display: block; }
}
`
