import type { components } from './schema'

type Document = Partial<components['schemas']['ProblemDocument']>

/** An answer of 400 or above, in the server's own words. */
export class Problem extends Error {
  override name = 'Problem'

  constructor(
    readonly status: number,
    readonly document: Document,
    /** Seconds after which the server wants to be asked again, if it said so. */
    readonly retryAfter: number | null,
  ) {
    super(document.detail ?? document.title ?? `The server answered ${status}.`)
  }

  get title(): string {
    return this.document.title ?? 'The server refused this'
  }

  /** What is wrong with one field of the request. */
  field(name: string): string | undefined {
    return this.document.errors?.find((error) => error.field === name)?.message
  }

  member(name: string): unknown {
    return (this.document as Record<string, unknown>)[name]
  }

  get isTemporary(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408
  }

  static of(response: Response, body: unknown): Problem {
    const after = Number(response.headers.get('Retry-After'))
    const document = typeof body === 'object' && body !== null ? (body as Document) : {}
    return new Problem(response.status, document, Number.isFinite(after) && after > 0 ? after : null)
  }
}

/** Whether the server doesn't have this endpoint (yet), so that the page hides what needs it. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Problem && [404, 405, 501].includes(error.status)
}

export interface Explanation {
  title: string
  detail: string
}

/** Any error in plain words, with what to do. */
export function explain(error: unknown): Explanation {
  if (!(error instanceof Problem)) {
    return {
      title: 'Polycast can’t be reached',
      detail: 'Check the connection. What you wrote is kept here, and this is tried again by itself.',
    }
  }
  if (error.status === 429) {
    return { title: 'Too many requests', detail: `Wait ${error.retryAfter ?? 60} seconds, then go on.` }
  }
  if (error.status >= 500) return { title: error.title, detail: `${error.message} Try again in a moment.` }
  return { title: error.title, detail: error.message }
}
