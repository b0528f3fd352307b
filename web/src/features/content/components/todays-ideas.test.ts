import { expect, it } from 'vitest'
import { aDraft } from '@/test/drafts'
import { groupByIdea } from './todays-ideas'

it('groups by idea in the order of writing, platforms in one order', () => {
  const idea = (id: string) => ({ ...aDraft().core_idea, id, title: id })
  const newestFirst = [
    aDraft({ id: '4', core_idea: idea('second'), platform: 'a' }),
    aDraft({ id: '3', core_idea: idea('first'), platform: 'a' }),
    aDraft({ id: '2', core_idea: idea('second'), platform: 'b' }),
    aDraft({ id: '1', core_idea: idea('first'), platform: 'b' }),
  ]
  const groups = groupByIdea(newestFirst).map(({ idea, drafts }) => [idea.id, drafts.map(({ id }) => id)])
  expect(groups).toEqual([
    ['first', ['3', '1']],
    ['second', ['4', '2']],
  ])
})
