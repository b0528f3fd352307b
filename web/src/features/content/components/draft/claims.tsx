import { TickBox } from '@/components/field'
import { Icon } from '@/components/icons'
import type { Claim, Draft } from '@/lib/api/drafts'
import { classes } from '@/lib/classes'
import { plural } from '@/lib/format'
import type { Range } from '@/lib/text'
import { unsettled, useSettleClaims } from '../../api/state'
import { rangeOf } from './marks'

const KINDS: Record<Claim['kind'], string> = {
  number: 'Figure',
  percentage: 'Percentage',
  quotation: 'Quotation',
  source: 'Source',
  url: 'Address',
  date: 'Date',
}

/** Takes the focus to the next claim that nobody has answered for. */
export function focusNextClaim(): void {
  const boxes = [...document.querySelectorAll<HTMLInputElement>('[data-claim]:not(:checked)')]
  const here = boxes.findIndex((box) => box === document.activeElement)
  const next = boxes[(here + 1) % boxes.length]
  next?.focus({ preventScroll: true })
  next?.scrollIntoView({ block: 'nearest' })
}

/** What the text says that is true or false: to be ticked by who answers for it. */
export function Claims({
  draft,
  text,
  isFrozen,
  onShow,
}: {
  draft: Draft
  text: string
  isFrozen: boolean
  onShow: (range: Range) => void
}) {
  const { mutate } = useSettleClaims(draft)
  const asked = draft.claims.filter(({ given }) => !given)
  const given = draft.claims.filter(({ given }) => given)
  const open = unsettled(draft).length
  if (draft.claims.length === 0) return null
  return (
    <section aria-labelledby="claims" className="mt-6">
      <div className="flex items-baseline justify-between gap-4">
        <h2 id="claims" className="font-serif text-lead font-medium">
          Claims
        </h2>
        <p role="status" className={classes('figures text-note', open ? 'text-warn' : 'text-good')}>
          {open ? `${open} of ${asked.length} to verify` : 'All verified'}
        </p>
      </div>
      {asked.length > 0 && (
        <>
          <p className="mt-1 text-note text-faint">Not in your idea, so perhaps made up. Tick what you have verified; change or cut the rest.</p>
          <ul className="mt-3 divide-y divide-line border-y border-line">
            {asked.map((claim) => (
              <ClaimLine
                key={claim.key}
                claim={claim}
                isFrozen={isFrozen}
                range={rangeOf(claim, draft.content_text ?? '', text)}
                onShow={onShow}
                onTick={(settled) => mutate({ keys: [claim.key], settled })}
              />
            ))}
          </ul>
        </>
      )}
      {given.length > 0 && (
        <p className="mt-3 flex items-start gap-2 text-note text-faint">
          <Icon name="check" className="mt-px shrink-0 text-good" />
          <span>
            {plural(given.length, 'claim')} from your own idea: {given.map(({ text }) => text).join(' · ')}
          </span>
        </p>
      )}
    </section>
  )
}

function ClaimLine({
  claim,
  isFrozen,
  range,
  onShow,
  onTick,
}: {
  claim: Claim
  isFrozen: boolean
  range: Range | null
  onShow: (range: Range) => void
  onTick: (settled: boolean) => void
}) {
  return (
    <li className="flex items-center justify-between gap-4">
      <label className="flex min-w-0 flex-1 items-start gap-3 py-2.5">
        <TickBox
          data-claim
          className="mt-0.5 size-4 shrink-0"
          checked={claim.settled}
          disabled={isFrozen}
          onTick={onTick}
        />
        <span className={classes('min-w-0 break-words', claim.settled && 'text-faint')}>
          {claim.text} <span className="ml-1 text-note text-faint">{KINDS[claim.kind]}</span>
        </span>
      </label>
      {range && (
        <button
          type="button"
          aria-label={`Show in the text: ${claim.text}`}
          className="shrink-0 py-2 text-note font-medium underline underline-offset-3"
          onClick={() => onShow(range)}
        >
          Show
        </button>
      )}
    </li>
  )
}
