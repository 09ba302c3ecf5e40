import { chartStyle } from '../charts/index.ts'
import { colourTokens } from '../colours.ts'
import { newsStyle } from '../news.ts'
import { act } from './act.ts'
import { base } from './base.ts'
import { homeStyle } from './home.ts'
import { modelStyle } from './model.ts'
import { reportStyle } from './report.ts'
import { define } from './define.ts'

/** The one stylesheet: what all pages share, then each part's own. */
export const style = [
  colourTokens,
  base,
  homeStyle,
  modelStyle,
  newsStyle,
  act,
  chartStyle,
  reportStyle,
  define,
].join('')
