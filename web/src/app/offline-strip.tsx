import { Icon } from '@/components/icons'
import { useReachable } from '@/lib/api/reach'

/** Says that what is shown may be old, and that nothing that is written gets lost. */
export function OfflineStrip() {
  const isReachable = useReachable()
  return (
    <div role="status" className="sticky top-0 z-20 max-md:top-14">
      {!isReachable && (
        <p className="flex items-center gap-3 bg-ink px-4 py-2 text-note text-paper md:px-[clamp(1rem,3.5vw,3rem)]">
          <Icon name="offline" className="shrink-0" />
          <span>
            <strong>Polycast can’t be reached.</strong> You see what was loaded last. What you write is kept in this tab
            and saved once the connection is back.
          </span>
        </p>
      )}
    </div>
  )
}
