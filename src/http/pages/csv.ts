import type { Page, PageRequest } from '../../deps.ts'
import { pageHeaders } from './respond.ts'

const PAGE = 200

/** A file to be saved. */
export const csvResponse = (name: string, content: string | ReadableStream<Uint8Array>): Response =>
  new Response(content, {
    headers: { ...pageHeaders, 'content-type': 'text/csv; charset=utf-8', 'content-disposition': `attachment; filename="${name}.csv"` },
  })

/** Every page of a list as text, a page at a time as the reader takes it. The first is read before anything is answered. */
export const streamPages = async <T>(
  read: (page: PageRequest) => Promise<Page<T>>, text: (items: readonly T[], first: boolean) => string,
): Promise<ReadableStream<Uint8Array>> => {
  const encoder = new TextEncoder()
  const first = await read({ limit: PAGE, cursor: null })
  let cursor = first.next
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(text(first.items, true)))
      if (cursor === null) controller.close()
    },
    async pull(controller) {
      const page = await read({ limit: PAGE, cursor })
      cursor = page.next
      controller.enqueue(encoder.encode(text(page.items, false)))
      if (cursor === null) controller.close()
    },
  })
}
