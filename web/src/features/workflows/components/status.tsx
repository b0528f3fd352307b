import type { Workflow } from '../api/workflows'

const LOOKS: Record<Workflow['status'], { label: string; ink: string }> = {
  running: { label: 'Running', ink: 'text-info' },
  completed: { label: 'Done', ink: 'text-good' },
  failed: { label: 'Failed', ink: 'text-bad' },
}

export function StatusLabel({ status }: { status: Workflow['status'] }) {
  const { label, ink } = LOOKS[status]
  return <span className={`font-medium ${ink}`}>{label}</span>
}
