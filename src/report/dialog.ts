/**
 * Opens the page behind a link `data-dialog` as a dialog in place. The form in it is the page's own and is sent as
 * ever; without this script, or where the page cannot be fetched, the link is followed. Escape and "leave it" close it,
 * and the focus returns to the link, as browsers do for dialogs.
 */
export const dialogScript = `
addEventListener('click', async event => {
  const { target, metaKey, ctrlKey, shiftKey } = event
  const close = target.closest('dialog [data-cancel]')
  if (close) { event.preventDefault(); close.closest('dialog').close(); return }
  const link = target.closest('a[data-dialog]')
  if (!link || metaKey || ctrlKey || shiftKey || !window.HTMLDialogElement) return
  event.preventDefault()
  try {
    const page = new DOMParser().parseFromString(await (await fetch(link.href)).text(), 'text/html')
    const content = page.querySelector('main .confirm')
    if (document.querySelector('dialog[open]')) return
    if (!content) throw 0
    const dialog = document.createElement('dialog')
    dialog.setAttribute('aria-labelledby', 'act-title')
    dialog.append(document.adoptNode(content))
    dialog.addEventListener('close', () => { dialog.remove(); link.focus() })
    document.body.append(dialog)
    dialog.showModal()
  } catch { location = link.href }
})
`
