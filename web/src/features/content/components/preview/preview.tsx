import { lazy, Suspense, type ComponentType } from 'react'
import { Skeleton } from '@/components/feedback'
import type { Platform } from '@/lib/api/queries'
import type { CheckResult } from '../../api/check'
import { kindOf } from './description'
import { PostPreview } from './post'
import { ThreadPreview } from './thread'

export interface PreviewProps {
  platform: Platform
  text: string
  check: CheckResult | null
}

const ScriptPreview = lazy(() => import('./script'))

/** By kind, never by platform: a new one names a kind that is here, or is shown as a post. */
const KINDS: Record<string, ComponentType<PreviewProps>> = {
  post: PostPreview,
  thread: ThreadPreview,
  script: ScriptPreview,
}

export function Preview(props: PreviewProps) {
  const Kind = KINDS[kindOf(props.platform)] ?? PostPreview
  return (
    <Suspense fallback={<Skeleton className="h-80 w-full" />}>
      <Kind {...props} />
    </Suspense>
  )
}
