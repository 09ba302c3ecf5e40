/**
 * What the pages' script does for charts, and nothing needs it: a crosshair that the arrow keys and the pointer move, which
 * says the numbers of its point as the table has them; a picture as PNG; and local time on hover of a moment. It is sent as
 * it stands, so it is short; it makes no markup from text.
 */
export const chartScript = `(() => {
const all = (from, what) => [...from.querySelectorAll(what)]
const root = document.documentElement
const colour = name => getComputedStyle(root).getPropertyValue(name)
for (const figure of all(document, '.chart-figure')) {
  const [readout] = all(figure, '.readout'), heads = all(figure, 'thead th'), rows = all(figure, 'tbody tr'), charts = all(figure, 'svg.chart')
  for (const svg of charts) {
    const xs = svg.dataset.x.split(' ').map(Number), last = xs.length - 1, box = svg.viewBox.baseVal
    let at = -1, line
    const go = to => {
      if (to === at) return
      at = to
      line ??= svg.appendChild(document.createElementNS(svg.namespaceURI, 'path'))
      line.setAttribute('class', 'crosshair')
      line.setAttribute('stroke', 'var(--ink)')
      line.setAttribute('d', 'M' + xs[at] + ' 0V' + box.height)
      readout.textContent = all(rows[at], 'th,td').map((cell, i) => (i ? heads[i].textContent + ' ' : '') + cell.textContent).join(' · ')
    }
    svg.addEventListener('keydown', event => {
      const to = { ArrowRight: Math.min(last, at + 1), ArrowLeft: at < 0 ? last : Math.max(0, at - 1), Home: 0, End: last }[event.key]
      if (to === undefined) return
      event.preventDefault()
      go(to)
    })
    svg.addEventListener('pointermove', event => {
      const { left, width } = svg.getBoundingClientRect(), x = (event.clientX - left) * box.width / width
      go(xs.reduce((best, one, i) => Math.abs(one - x) < Math.abs(xs[best] - x) ? i : best, 0))
    })
  }
  for (const button of all(figure, '[data-png]')) {
    button.addEventListener('click', () => {
      const svg = charts.find(one => one.clientWidth), copy = svg.cloneNode(true), image = new Image(), { width, height } = svg.viewBox.baseVal
      all(copy, '.crosshair').forEach(one => one.remove())
      copy.setAttribute('font-family', getComputedStyle(svg).fontFamily)
      image.onload = () => {
        const canvas = document.createElement('canvas'), pen = canvas.getContext('2d'), link = document.createElement('a')
        canvas.width = 2 * width
        canvas.height = 2 * height
        pen.fillStyle = colour('--paper')
        pen.fillRect(0, 0, canvas.width, canvas.height)
        pen.drawImage(image, 0, 0, canvas.width, canvas.height)
        link.href = canvas.toDataURL()
        link.download = figure.id + '.png'
        link.click()
      }
      image.src = 'data:image/svg+xml,' + encodeURIComponent(new XMLSerializer().serializeToString(copy).replace(/var\\((--[\\w-]+)\\)/g, (_, name) => colour(name)))
    })
  }
}
document.addEventListener('pointerover', event => {
  const time = event.target.closest('time[datetime]')
  if (time) time.title = new Date(time.dateTime).toLocaleString()
})
})()
`.replace(/\n +/g, '\n')
