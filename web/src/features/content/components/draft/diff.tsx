import { diffWordsWithSpace } from 'diff'

/** What was taken out and what was put in, word by word. */
export function WordDiff({ before, after }: { before: string; after: string }) {
  return (
    <p className="text-note break-words whitespace-pre-wrap">
      {diffWordsWithSpace(before, after).map(({ value, added, removed }, index) => {
        if (added) {
          return (
            <ins key={index} className="rounded-xs bg-good-wash text-good decoration-1">
              {value}
            </ins>
          )
        }
        if (removed) {
          return (
            <del key={index} className="rounded-xs bg-bad-wash text-bad">
              {value}
            </del>
          )
        }
        return <span key={index}>{value}</span>
      })}
    </p>
  )
}
