import type { State } from './api/commands'

/** How a state is spoken of. Which may follow which is the server's to say. */
export interface StateWords {
  label: string
  /** What a button that leads to it says. */
  verb: string
  key?: string
}

export const STATES: Record<State, StateWords> = {
  generated: { label: 'New', verb: 'Mark as new' },
  edited: { label: 'Edited', verb: 'Edit' },
  reviewed: { label: 'Reviewed', verb: 'Mark reviewed', key: 'r' },
  ready: { label: 'Ready', verb: 'Mark ready', key: 'y' },
  published: { label: 'Published', verb: 'Mark published', key: 'p' },
  failed: { label: 'Failed', verb: '' },
}

/** In the order in which a draft passes through them. */
export const PIPELINE: readonly State[] = ['generated', 'edited', 'reviewed', 'ready', 'published']
export const ALL_STATES: readonly State[] = [...PIPELINE, 'failed']
