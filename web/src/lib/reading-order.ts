/** The drafts of the list that was last looked at, so that one can go from draft to draft without returning to it. */
let order: readonly string[] = []

export const readingOrder = {
  set: (ids: readonly string[]) => {
    order = ids
  },
  /** The neighbour of a draft; undefined at the end, or if it came from elsewhere. */
  from: (id: string, step: 1 | -1): string | undefined => {
    const index = order.indexOf(id)
    return index < 0 ? undefined : order[index + step]
  },
  place: (id: string): { number: number; of: number } | null => {
    const index = order.indexOf(id)
    return index < 0 ? null : { number: index + 1, of: order.length }
  },
}
