/** What the script does for the report page: print, with everything unfolded, and copy. Nothing needs it. */
export const reportScript = `{
for (const button of document.querySelectorAll('[data-print]')) button.onclick = () => print()
let opened = []
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('details:not([open])')]
  for (const one of opened) one.open = true
})
addEventListener('afterprint', () => { for (const one of opened) one.open = false })
for (const text of document.querySelectorAll('[data-copy]')) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.textContent = 'Copy'
  button.onclick = async () => {
    await navigator.clipboard.writeText(text.textContent)
    button.textContent = 'Copied'
  }
  text.before(button)
}
}`
