import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it } from 'vitest'
import type { Platform } from '@/lib/api/queries'
import { show } from '@/test/drafts'
import type { CheckResult } from '../../api/check'
import { composeLink } from './description'
import { Preview } from './preview'

const platform = (preview: Record<string, unknown>, slug = 'tiktok'): Platform => ({ slug, name: 'TikTok', limits: {}, preview })
const check = (changes: Partial<CheckResult>): CheckResult => ({ ok: true, counts: {}, metadata: {}, parts: [], findings: [], ...changes })

describe('a platform that nobody has heard of', () => {
  it('is shown as a post under its announced name', () => {
    show(<Preview platform={platform({ kind: 'hologram' })} text="Hello" check={null} />)
    expect(screen.getByRole('article', { name: 'As on TikTok' })).toHaveTextContent('Hello')
  })
  it('is shown by the kind that it announces', async () => {
    const preview = { kind: 'script', sections: [{ name: 'open', heading: 'OPEN:', seconds: [2, 4] }], total: [10, 20] }
    const metadata = { sections: { open: 'Look here.' }, duration_estimate: { open: 3, total: 12 }, scene_suggestions: ['A hand'] }
    show(<Preview platform={platform(preview)} text="" check={check({ metadata })} />)
    expect(await screen.findByRole('heading', { name: 'OPEN' })).toBeInTheDocument()
    expect(screen.getByText('Look here.')).toBeInTheDocument()
    expect(screen.getByRole('region', { name: 'Scenes' })).toHaveTextContent('A hand')
  })
})

it('shows each part of a thread with its count against its limit', () => {
  const parts = [
    { text: 'First', count: 270, limit: 280 },
    { text: 'Second', count: 300, limit: 280 },
  ]
  show(<Preview platform={platform({ kind: 'thread' })} text="" check={check({ parts })} />)
  expect(screen.getAllByRole('listitem')).toHaveLength(2)
  expect(screen.getByRole('img', { name: 'Part 2: 300 of 280' })).toHaveTextContent('-20')
})

it('reads a script aloud at the announced pace', async () => {
  const preview = { kind: 'script', words_per_minute: 120, sections: [] }
  const metadata = { sections: { hook: 'Look here now.' }, duration_estimate: { hook: 2, total: 2 } }
  show(<Preview platform={platform(preview)} text="" check={check({ metadata })} />)
  await userEvent.click(await screen.findByRole('button', { name: 'Teleprompter' }))
  expect(screen.getByRole('slider', { name: /120 words a minute/ })).toHaveValue('120')
})

describe('composeLink', () => {
  const announced = platform({ compose: { url: 'https://example.com/new?text={text}', of: 'part' } })
  it('puts the text where the platform says', () => {
    expect(composeLink(announced, 'part', 'a & b')).toBe('https://example.com/new?text=a%20%26%20b')
  })
  it('is for the announced amount of text alone', () => {
    expect(composeLink(announced, 'text', 'a')).toBeNull()
  })
  it('leads nowhere but to the web', () => {
    expect(composeLink(platform({ compose: { url: 'javascript:{text}', of: 'part' } }), 'part', 'a')).toBeNull()
  })
})
